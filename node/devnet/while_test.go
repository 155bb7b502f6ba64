package devnet

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// What takes long is named at once, and at least every ten seconds.
func TestWhatTakesLongIsNamedWhileItLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var said []string
		say := func(text string) { said = append(said, fmt.Sprintf("%v %s", time.Since(began), text)) }
		failed := errors.New("no")
		require.NoError(t, While(say, "mining", func() error { time.Sleep(9 * time.Second); return nil }))
		require.ErrorIs(t, While(say, "opening", func() error { time.Sleep(25 * time.Second); return failed }), failed)
		require.Panics(t, func() { _ = While(say, "failing", func() error { panic("no") }) })
		time.Sleep(time.Minute)
		require.Equal(t, []string{"0s mining", "9s opening", "19s still opening", "29s still opening", "34s failing"}, said)
	})
}
