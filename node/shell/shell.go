// Package shell writes words for commands that people copy into a shell.
package shell

import "strings"

// plain are the characters that no shell reads as anything else.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-"

// Word returns a text as one word of a POSIX shell's command, quoted if it has to be.
func Word(text string) string {
	if text != "" && strings.Trim(text, plain) == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
