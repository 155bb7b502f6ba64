package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/notifier"
	"github.com/econd/econd/node/notify"
)

// notifications streams what concerns one agent: id is the place in the stream, event
// the kind, data the notice. It starts after the place that Last-Event-ID or ?after=
// names, else with what comes next. It shares the limit of streams of entries.
func (a *API) notifications(c echo.Context) error {
	who, place, err := a.readerOf(c)
	if err != nil {
		return err
	}
	at := place.String()
	return a.streamed(c, at, hello[string]{at}, func(ctx context.Context, w *conn) error { return a.tell(ctx, w, who, place) })
}

// readerOf reads who is asked about, what is wanted, and where to begin.
func (a *API) readerOf(c echo.Context) (who notify.Interest, place notify.Cursor, err error) {
	q, err := queryOf(c, "after", "kinds", "tracks")
	if err != nil {
		return who, place, err
	}
	if a.cfg.Feed == nil {
		return who, place, notFound("path", "route", "this node serves no notifications")
	}
	if who.Agent, err = keyParam(c, "pubkey"); err != nil {
		return who, place, err
	}
	for _, k := range split(q["kinds"]) {
		who.Kinds = append(who.Kinds, notify.Kind(k))
	}
	who.Tracks = split(q["tracks"])
	field, text := "after", q["after"]
	// A client that reconnects repeats the URL; where it was counts more.
	if last := c.Request().Header.Get("Last-Event-ID"); last != "" {
		field, text = "Last-Event-ID", last
	}
	var from *notify.Cursor
	if text != "" {
		at, err := notify.ParseCursor(text)
		if err != nil {
			return who, place, badRequest(field, "place", err.Error())
		}
		from = &at
	}
	place, err = a.cfg.Feed.Begin(who, from)
	if errors.Is(err, notifier.ErrAhead) {
		return who, place, badRequest(field, "range", err.Error())
	}
	return who, place, noticeProblem(err)
}

func split(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// tell writes notices as they come until ctx ends, which is no error, or the
// reader fails.
func (a *API) tell(ctx context.Context, w *conn, who notify.Interest, at notify.Cursor) error {
	return a.beating(ctx, w, func(wait context.Context) (text []byte, err error) {
		var list []notify.Told
		list, at, err = a.cfg.Feed.Next(wait, who, at)
		for _, t := range list {
			text = appendNotice(text, t)
		}
		return text, err
	})
}

func appendNotice(b []byte, t notify.Told) []byte {
	data, err := json.Marshal(t.Notice)
	if err != nil {
		panic("httpapi: notice: " + err.Error()) // nothing in it can fail
	}
	b = append(b, "id: "+t.Cursor.String()+"\nevent: "+string(t.Notice.Kind)+"\ndata: "...)
	return append(append(b, data...), "\n\n"...)
}
