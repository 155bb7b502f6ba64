package httpapi

import (
	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// stakedKey is the key with stake that signed a NIP-98 event for this request, or
// zero. It does not use the event up: what somebody gets by repeating it within its
// minute is a place of this key's own share. It takes a signature check and waits for
// the state, so it is asked only where the caller has no place otherwise.
func (a *API) stakedKey(c echo.Context) (key op.PublicKey) {
	if _, err := findAuth(c.Request().Header.Values("Authorization")); err != nil {
		return key
	}
	e, err := a.authorisedFor(c, authWant{Unread: true})
	if err != nil || !a.cfg.Node.Known(e.PubKey) {
		return key
	}
	a.cfg.Node.View(func(s *ledger.State, _ int64) {
		if agent, ok := s.Agent(e.PubKey); ok && agent.StakeSat > 0 {
			key = e.PubKey
		}
	})
	return key
}
