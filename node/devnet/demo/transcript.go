package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// transcript is what the reader of a demo sees: chapters, steps and how long
// each took.
type transcript struct {
	w        io.Writer
	terminal bool // progress lines overwrite themselves
	began    time.Time
	last     time.Time // last progress line on a plain output
	pending  bool      // a progress line stands without its newline
	checks   int
}

func newTranscript(w io.Writer) *transcript {
	f, ok := w.(*os.File)
	return &transcript{w: w, terminal: ok && term.IsTerminal(int(f.Fd())), began: time.Now()}
}

// chapter starts a part of the story.
func (t *transcript) chapter(n int, title string) {
	t.line("")
	t.line(fmt.Sprintf("%d. %s", n, title))
}

// step says what happened.
func (t *transcript) step(format string, args ...any) {
	at := time.Since(t.began)
	t.line(fmt.Sprintf("   %3d:%04.1f  %s", int(at.Minutes()), at.Seconds()-60*float64(int(at.Minutes())), fmt.Sprintf(format, args...)))
}

// ok says what was checked and held.
func (t *transcript) ok(format string, args ...any) {
	t.checks++
	t.step("ok  %s", fmt.Sprintf(format, args...)) // so that go vet holds format against args
}

func (t *transcript) line(text string) {
	if t.pending {
		fmt.Fprintln(t.w)
		t.pending = false
	}
	fmt.Fprintln(t.w, strings.TrimRight(text, " "))
}

// progress shows how far something long has come: on a terminal in one line,
// elsewhere every ten seconds.
func (t *transcript) progress(text string, done bool) {
	if t.terminal {
		fmt.Fprintf(t.w, "\r\033[K   %s", text)
		t.pending = !done
		if done {
			fmt.Fprintln(t.w)
		}
		return
	}
	if done || time.Since(t.last) > 10*time.Second {
		t.last = time.Now()
		fmt.Fprintln(t.w, "   "+text)
	}
}
