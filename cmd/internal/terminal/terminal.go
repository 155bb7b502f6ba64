// Package terminal is where a human reads and types, beside what programs read: passphrases, the words of
// a seed, which are shown once and asked back.
package terminal

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"
)

// Terminal is where a human reads and types. One goroutine uses it.
type Terminal interface {
	io.ReadWriteCloser

	// AskHidden asks for a line that is not shown while it is typed.
	AskHidden(prompt string) ([]byte, error)
}

// ttyFile is the terminal of this process.
type ttyFile struct{ *os.File }

// AskHidden implements Terminal.
func (t ttyFile) AskHidden(prompt string) ([]byte, error) {
	fmt.Fprint(t, prompt)
	text, err := term.ReadPassword(int(t.Fd()))
	fmt.Fprintln(t)
	return text, err
}

// Open is the terminal of this process where somebody types at it, else nil: a program's
// standard input is none, whatever terminal it was started from.
func Open() Terminal {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return nil
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil
	}
	return ttyFile{tty}
}

// asked is how many words are asked back.
const asked = 3

// ErrNotLearnt says that the words were not typed back. Whoever asked stores nothing.
var ErrNotLearnt = errors.New("the words were not typed back, so no key was stored: try again")

// Learnt shows a mnemonic and asks words of it back, three times at most. ErrNotLearnt if they are never right.
func Learnt(t Terminal, mnemonic string) error {
	words := strings.Fields(mnemonic)
	fmt.Fprintln(t, "Write these words down, in their order; who has them has every key of this seed:")
	for i, w := range words {
		fmt.Fprintf(t, "%4d  %s\n", i+1, w)
	}
	in := bufio.NewReader(t)
	for range asked {
		places, err := somePlaces(len(words))
		if err != nil {
			return err
		}
		right := true
		for _, place := range places {
			fmt.Fprintf(t, "Word %d: ", place+1)
			line, err := in.ReadString('\n')
			if err != nil {
				return ErrNotLearnt
			}
			right = right && strings.EqualFold(strings.TrimSpace(line), words[place])
		}
		if right {
			return nil
		}
		fmt.Fprintln(t, "They are others; look again.")
	}
	return ErrNotLearnt
}

// somePlaces draws as many different places as are asked for, in order.
func somePlaces(count int) (places []int, err error) {
	for len(places) < asked {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(count)))
		if err != nil {
			return nil, err
		}
		if place := int(n.Int64()); !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	slices.Sort(places)
	return places, nil
}
