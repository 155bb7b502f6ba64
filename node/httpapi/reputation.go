package httpapi

import (
	"encoding/binary"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/statement"
	"github.com/econd/econd/node/view"
)

// reputationPage is an agent's standing, and one page of what it rests on.
type reputationPage struct {
	view.Reputation
	page[view.Source]
}

// reputation answers with a standing and explains it. What it rests on is
// worked through after the state has been let go, so that an agent with many
// receipts keeps nobody waiting. Here limit counts receipts: a page ends with
// the consumer that reaches it.
func (a *API) reputation(c echo.Context) error {
	q, err := queryOf(c, "at", "cursor", "limit")
	if err != nil {
		return err
	}
	key, err := keyParam(c, "pubkey")
	if err != nil {
		return err
	}
	limit, err := q.limit()
	if err != nil {
		return err
	}
	epoch, from, err := q.sourcesFrom(c)
	if err != nil {
		return err
	}
	var p reputationPage
	var evidence ledger.Evidence
	var refused error
	err = a.view(c, q, func(s *ledger.State, _ int64) {
		if p.Reputation, refused = s.Reputation(key); refused == nil {
			evidence, refused = s.Evidence(key)
		}
	})
	if err != nil {
		return err
	}
	if refused != nil {
		return refused
	}
	if epoch >= 0 && epoch != evidence.Epoch {
		return badRequest("cursor", "cursor-epoch", fmt.Sprintf("is of epoch %d, and epoch %d has ended since; start without one, or read that epoch with at", epoch, evidence.Epoch))
	}
	var next uint32
	var more bool
	if p.Items, next, more = evidence.Sources(from, limit); more {
		place := binary.BigEndian.AppendUint64(nil, uint64(evidence.Epoch))
		p.Next = q.list(c).Text(binary.BigEndian.AppendUint32(place, next))
	}
	return reply(c, p)
}

// sourcesFrom reads the cursor of a list of sources: the epoch that it belongs
// to, or -1 without one, and the agent to start with.
func (q query) sourcesFrom(c echo.Context) (epoch int64, from uint32, err error) {
	place, asked, err := q.place(c, 12)
	if err != nil || !asked {
		return -1, 0, err
	}
	return int64(binary.BigEndian.Uint64(place) & (1<<63 - 1)), binary.BigEndian.Uint32(place[8:]), nil
}

// reputationHistory lists an agent's standing by epoch.
func (a *API) reputationHistory(c echo.Context) error {
	q, err := queryOf(c, "at", "cursor", "limit")
	if err != nil {
		return err
	}
	key, err := keyParam(c, "pubkey")
	if err != nil {
		return err
	}
	limit, err := q.limit()
	if err != nil {
		return err
	}
	from, err := q.start(c)
	if err != nil {
		return err
	}
	var p page[view.Standing]
	var more bool
	var refused error
	err = a.view(c, q, func(s *ledger.State, _ int64) {
		p.Items, more, refused = s.ReputationHistory(key, int64(from), limit)
	})
	if err != nil {
		return err
	}
	if refused != nil {
		return refused
	}
	if more {
		p.Next = q.next(c, int(p.Items[len(p.Items)-1].Epoch)+1)
	}
	return reply(c, p)
}

// reputationStatement answers with the standing signed by the operator.
func (a *API) reputationStatement(c echo.Context) error {
	q, err := queryOf(c, "format")
	if err != nil {
		return err
	}
	key, err := keyParam(c, "pubkey")
	if err != nil {
		return err
	}
	form, err := statement.ParseForm(q["format"])
	if err != nil {
		return badRequest("format", "format", fmt.Sprintf("is %q, must be %s or %s", q["format"], statement.NIP85, statement.VCJWT))
	}
	text, err := a.cfg.Node.Attest(key, form)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, form.MediaType(), text)
}
