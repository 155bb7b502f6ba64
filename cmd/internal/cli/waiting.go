package cli

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// How long a program is silent at work: until its first word, and between two.
const (
	FirstWord = time.Second
	NextWord  = 10 * time.Second
)

// Waiting says on w what is being done once it has taken FirstWord, and then every
// NextWord, until stop is called. w is the standard error, or io.Discard where
// programs read. What is asked from another goroutine, and written to w before stop
// returns; stop may be called more than once.
func Waiting(w io.Writer, what func() string) (stop func()) {
	done, over := make(chan struct{}), make(chan struct{})
	began := time.Now()
	go func() {
		defer close(over)
		timer := time.NewTimer(FirstWord)
		defer timer.Stop()
		for {
			select {
			case <-done:
				return
			case <-timer.C:
				fmt.Fprintf(w, "%s (%d s)\n", what(), time.Since(began)/time.Second)
				timer.Reset(NextWord)
			}
		}
	}()
	return sync.OnceFunc(func() {
		close(done)
		<-over
	})
}

// Doing is Waiting with a text that stays the same.
func Doing(w io.Writer, what string) (stop func()) {
	return Waiting(w, func() string { return what })
}
