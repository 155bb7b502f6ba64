package httpapi

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

const textType = "text/plain; charset=utf-8"

// checkpoint answers with the signed note (C2SP tlog-checkpoint) over
// everything durable now.
func (a *API) checkpoint(c echo.Context) error {
	if _, err := queryOf(c); err != nil {
		return err
	}
	_, note, err := a.cfg.Node.Checkpoint(c.Request().Context())
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, textType, note)
}

type consistencyView struct {
	Old    int64     `json:"old"`
	Size   int64     `json:"size"`
	Hashes []op.Hash `json:"hashes"` // RFC 6962 section 2.1.2
}

func (a *API) consistency(c echo.Context) error {
	q, err := queryOf(c, "old", "size")
	if err != nil {
		return err
	}
	for _, name := range []string{"old", "size"} {
		if _, ok := q[name]; !ok {
			return badRequest(name, "missing", "is needed: a number of entries")
		}
	}
	have := int64(a.cfg.Node.Size())
	size, err := q.number("size", 0, have, 0)
	if err != nil {
		return err
	}
	old, err := q.number("old", 0, size, 0)
	if err != nil {
		return err
	}
	proof, err := a.cfg.Node.ConsistencyProof(uint64(old), uint64(size))
	if err != nil {
		return err
	}
	v := consistencyView{Old: old, Size: size, Hashes: make([]op.Hash, len(proof))}
	for i, h := range proof {
		v.Hashes[i] = h
	}
	return reply(c, v)
}

func (a *API) anchors(c echo.Context) error {
	q, err := queryOf(c, "at", "cursor", "limit")
	if err != nil {
		return err
	}
	return sliced(a, c, q, (*ledger.State).Anchors)
}
