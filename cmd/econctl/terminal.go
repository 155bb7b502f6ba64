package main

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

// terminal is where a human reads and types, beside what programs read.
type terminal interface {
	io.ReadWriteCloser

	// askHidden asks for a line that is not shown while it is typed.
	askHidden(prompt string) ([]byte, error)
}

// ttyFile is the terminal of this process.
type ttyFile struct{ *os.File }

func (t ttyFile) askHidden(prompt string) ([]byte, error) {
	fmt.Fprint(t, prompt)
	text, err := term.ReadPassword(int(t.Fd()))
	fmt.Fprintln(t)
	return text, err
}

// openTerminal is the terminal of this process where somebody types at it, else nil: a program's
// standard input is none, whatever terminal it was started from.
func openTerminal() terminal {
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

// errNotLearnt says that nothing was stored.
var errNotLearnt = errors.New("the words were not typed back, so no key was stored: try again")

// learnt shows a mnemonic and asks words of it back until they are right.
func learnt(t terminal, mnemonic string) error {
	words := strings.Fields(mnemonic)
	fmt.Fprintln(t, "Write these words down, in their order; who has them has the key:")
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
				return errNotLearnt
			}
			right = right && strings.EqualFold(strings.TrimSpace(line), words[place])
		}
		if right {
			return nil
		}
		fmt.Fprintln(t, "They are others; look again.")
	}
	return errNotLearnt
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
