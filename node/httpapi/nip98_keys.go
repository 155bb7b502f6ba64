package httpapi

import (
	"errors"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/shares"
)

// usedEvents remembers the NIP-98 events of keys, for as long as they could be accepted.
// Each key has its share, and those with stake have their memory apart, as have
// those whose token pays for each: nobody keeps these out by sending many.
type usedEvents struct {
	staked, others, payers *shares.Replays
}

// usedMost is how many events each memory holds: about 4.5 MB, and for one key alone
// 2,048 within two minutes.
const usedMost = 9 * 2048

func newUsedEvents() usedEvents {
	return usedEvents{shares.NewReplays(usedMost), shares.NewReplays(usedMost), shares.NewReplays(usedMost)}
}

// once lets an event through once.
func (a *API) once(e *op.Event, seen *shares.Replays) error {
	err := seen.Use(e.PubKey, e.ID, a.cfg.Now().Unix(), e.CreatedAt+int64(authWindow/time.Second))
	switch {
	case errors.Is(err, shares.ErrSeen):
		return authRefused("Authorization.id", "nip98-replay", "was used before; sign a new event for each request")
	case err != nil:
		return busy("nip98-busy", "too many authorised requests of this key within two minutes")
	}
	return nil
}

// seenOf is the memory for the events of a key; nil: nobody is registered under it.
func (a *API) seenOf(key op.PublicKey) (seen *shares.Replays) {
	a.cfg.Node.View(func(s *ledger.State, _ int64) {
		agent, ok := s.Agent(key)
		switch {
		case ok && agent.StakeSat > 0:
			seen = a.used.staked
		case ok:
			seen = a.used.others
		}
	})
	return seen
}

// stakedKey is the key with stake that signed a NIP-98 event for this request, or
// zero. It does not use the event up: what somebody gets by repeating it within its
// minute is a place of this key's own share.
func (a *API) stakedKey(c echo.Context) (key op.PublicKey) {
	if _, err := findAuth(c.Request().Header.Values("Authorization")); err != nil {
		return key
	}
	e, err := a.authorised(c, nil)
	if err != nil || a.seenOf(e.PubKey) != a.used.staked {
		return key
	}
	return e.PubKey
}
