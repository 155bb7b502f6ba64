package devnet

import (
	"sync"
	"time"
)

// sayAgain is how long something lasts before it is named once more.
const sayAgain = 10 * time.Second

// While says what do does or waits for, and again every ten seconds until it ends;
// its error is do's. say is called from one goroutine at a time, and no more once
// While has returned; do must not say anything by itself unless say allows it.
func While(say func(text string), what string, do func() error) error {
	say(what)
	ended := make(chan struct{})
	var speaker sync.WaitGroup
	speaker.Go(func() {
		ticks := time.NewTicker(sayAgain)
		defer ticks.Stop()
		for {
			select {
			case <-ticks.C:
				say("still " + what)
			case <-ended:
				return
			}
		}
	})
	defer speaker.Wait()
	defer close(ended) // a panic of do ends the speaker too
	return do()
}
