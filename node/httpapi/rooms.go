package httpapi

import (
	"net"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/read"
	"github.com/econd/econd/node/shares"
)

// rooms are the limits on what is in work at once.
type rooms struct {
	requests shares.Room // whatever is none of the others
	heavy    shares.Room // what rebuilds something: proofs, the past, explanations
	exports  shares.Room // readers of the log
	streams  shares.Room // of entries and notices
	batches  shares.Room // NDJSON
	pages    shares.Room // status pages
}

func newRooms(l Limits) rooms {
	return rooms{
		requests: shares.Room{Rule: "requests", What: "requests", Places: shares.New(l.Requests)},
		heavy:    shares.Room{Rule: "heavy-requests", What: "requests for proofs, explanations and the past", Places: shares.New(l.Heavy)},
		exports:  shares.Room{Rule: "exports", What: "exports of the log", Places: shares.New(l.Exports)},
		streams:  shares.Room{Rule: "streams", What: "event streams", Places: shares.New(l.Streams)},
		batches:  shares.Room{Rule: "batches", What: "NDJSON requests", Places: shares.New(l.Batches)},
		pages:    shares.Room{Rule: "pages", What: "status pages", Places: shares.New(l.Pages)},
	}
}

// of is the room that a request of a route needs; nil: none, as for the operator's
// own look at health and metrics, or one that its handler enters.
func (r *rooms) of(to *read.Route, req *http.Request) *shares.Room {
	switch {
	case to.Room == read.NoRoom:
		return nil
	case to.Room == read.Exports:
		return &r.exports
	case to.Room == read.Streams:
		return &r.streams
	case to.Room == read.Heavy, read.AsksPast(req.URL.RawQuery):
		return &r.heavy
	}
	return &r.requests
}

// enter takes a place in a room, or answers that there is none for the caller.
func (a *API) enter(c echo.Context, r *shares.Room) (leave func(), err error) {
	if r == nil {
		return func() {}, nil
	}
	caller := l402.CallerOf(c.RealIP())
	leave, err = r.Enter(shares.Who{Caller: caller})
	if err != nil {
		if key := a.stakedKey(c); key != (op.PublicKey{}) {
			leave, err = r.Enter(shares.Who{Caller: caller, Key: key})
		}
	}
	return leave, err
}

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
		if _, err := s.Speaking(e.PubKey); err != nil {
			return
		}
		if agent, ok := s.Agent(e.PubKey); ok && agent.StakeSat > 0 {
			key = e.PubKey
		}
	})
	return key
}

// directIP is the address at the other end of the connection.
var directIP = echo.ExtractIPDirect()

// behindAperture is the address that aperture saw: on loopback it is who asks, and
// it appends whom it asks for to X-Forwarded-For. What stands before that is its
// caller's own claim.
func behindAperture(req *http.Request) string {
	direct := directIP(req)
	if ip := net.ParseIP(direct); ip == nil || !ip.IsLoopback() {
		return direct
	}
	return l402.ForwardedFor(req.Header.Values(echo.HeaderXForwardedFor), direct)
}
