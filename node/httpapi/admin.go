package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// operator lets a request pass that the operator's key authorised by NIP-98.
// The bodies of admin requests are empty; names are the query parameters that
// the route takes.
func (a *API) operator(c echo.Context, names ...string) (*op.Event, error) {
	if a.cfg.Admin == nil {
		return nil, notFound("path", "route", "this node serves no admin routes")
	}
	if _, err := queryOf(c, names...); err != nil {
		return nil, err
	}
	req := c.Request()
	var one [1]byte
	if n, _ := io.ReadFull(req.Body, one[:]); n > 0 {
		return nil, &Problem{Rule: "no-body", Title: "Too large", Status: http.StatusRequestEntityTooLarge,
			Field: "body", Detail: "must be empty"}
	}
	e, err := a.authorised(c, nil)
	if err != nil {
		return nil, err
	}
	if e.PubKey != a.cfg.Node.Operator() {
		return nil, &Problem{Rule: "operator-only", Title: "Not allowed to the signer", Status: http.StatusForbidden,
			Field: "Authorization.pubkey", Detail: "only the operator may do this"}
	}
	return e, nil
}

// authorised returns the verified NIP-98 event that names this very request.
// Whose key may do it, and that what changes something happens once (carryOut), is
// for the caller.
func (a *API) authorised(c echo.Context, body []byte) (*op.Event, error) {
	return a.authorisedFor(c, authWant{Body: body})
}

// authorisedFor fills in what the event must name of the request.
func (a *API) authorisedFor(c echo.Context, want authWant) (*op.Event, error) {
	req := c.Request()
	text, err := findAuth(req.Header.Values("Authorization"))
	if err != nil {
		return nil, err
	}
	e, err := decodeAuth(text)
	if err != nil {
		return nil, err
	}
	want.Method = req.Method
	for _, base := range a.cfg.BaseURLs {
		want.URLs = append(want.URLs, base+req.URL.RequestURI())
	}
	return e, checkAuth(e, want, a.cfg.Now())
}

// adminAnchor commits the present checkpoint to Bitcoin now.
func (a *API) adminAnchor(c echo.Context) error {
	e, err := a.operator(c)
	if err != nil {
		return err
	}
	return a.carryOut(c, e, deed{once: true, act: func(ctx context.Context) (any, error) {
		a.cfg.Log.Info("admin", "action", "anchor", "caller", c.RealIP())
		return nil, a.cfg.Admin.AnchorNow(ctx)
	}})
}

// adminRevoke makes an L402 token worthless.
func (a *API) adminRevoke(c echo.Context) error {
	e, err := a.operator(c)
	if err != nil {
		return err
	}
	id, err := l402.ParseTokenID(c.Param("id"))
	if err != nil {
		return &Problem{Rule: "malformed", Title: "Malformed", Status: http.StatusBadRequest,
			Field: "id", Detail: "must be the token id of an L402 token, 64 hex digits"}
	}
	return a.carryOut(c, e, deed{act: func(context.Context) (any, error) {
		a.cfg.Log.Info("admin", "action", "revoke", "token_id", id.String(), "caller", c.RealIP())
		err := a.cfg.Admin.RevokeToken(id)
		if errors.Is(err, l402.ErrUnknownToken) {
			return nil, notFound("id", "token", "there is no token "+id.String()+" here: it never was, or has ended; it opens nothing")
		}
		return nil, err
	}})
}

// adminBackup streams an online backup. One that breaks off ends the
// connection without the chunk that ends a whole answer.
func (a *API) adminBackup(c echo.Context) error {
	if _, err := a.operator(c); err != nil {
		return err
	}
	select {
	case a.backups <- struct{}{}:
		defer func() { <-a.backups }()
	default:
		return busy("backup", "another backup is being taken")
	}
	a.cfg.Log.Info("admin", "action", "backup", "caller", c.RealIP())
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, echo.MIMEOctetStream)
	h.Set(echo.HeaderContentDisposition, `attachment; filename="econd.backup"`)
	h.Set("Cache-Control", "no-store")
	if _, err := a.cfg.Admin.Backup(newConn(c, a.cfg.Limits.Stall)); err != nil {
		if !c.Response().Committed {
			h.Del(echo.HeaderContentDisposition)
		}
		return err
	}
	return nil
}

// adminWebhookSecret shows the secret of one origin.
func (a *API) adminWebhookSecret(c echo.Context) error {
	if _, err := a.operator(c, "origin"); err != nil {
		return err
	}
	origin, secret, ok := a.cfg.Admin.WebhookSecret(c.QueryParam("origin"))
	if !ok {
		return badRequest("origin", "origin", "must be scheme, host and port of a webhook's URL, as https://example.com")
	}
	a.cfg.Log.Info("admin", "action", "webhook-secret", "origin", origin, "caller", c.RealIP())
	c.Response().Header().Set("Cache-Control", "no-store")
	return reply(c, view.WebhookSecret{Origin: origin, Secret: secret})
}
