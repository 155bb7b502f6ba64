package grpcapi

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"

	"github.com/econd/econd/node/notifier"
	"github.com/econd/econd/node/notify"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// WatchNotices streams what concerns an agent at the reader's pace. It shares
// the limit of subscriptions.
func (s *Server) WatchNotices(req *econdv1.WatchNoticesRequest, stream econdv1.Notifications_WatchNoticesServer) error {
	who, at, err := s.readerOf(req)
	if err != nil {
		return err
	}
	return follow(s, stream, &econdv1.WatchNoticesResponse{Place: at.String()}, func(ctx context.Context) ([]*econdv1.WatchNoticesResponse, error) {
		list, next, err := s.cfg.Feed.Next(ctx, who, at)
		if err != nil {
			return nil, err
		}
		at = next
		var group []*econdv1.WatchNoticesResponse
		for _, t := range list {
			notice := new(econdv1.Notice)
			encode(&t.Notice, notice)
			group = append(group, &econdv1.WatchNoticesResponse{Notice: notice, Place: t.Cursor.String()})
		}
		return group, nil
	})
}

// readerOf reads who is asked about, what is wanted, and where to begin.
func (s *Server) readerOf(req *econdv1.WatchNoticesRequest) (who notify.Interest, at notify.Cursor, err error) {
	if s.cfg.Feed == nil {
		return who, at, &failure{code: codes.Unimplemented, kind: "not-served", message: "this node serves no notifications"}
	}
	if who.Agent, err = keyField("agent", req.Agent); err != nil {
		return who, at, err
	}
	for _, k := range req.Kinds {
		who.Kinds = append(who.Kinds, notify.Kind(k))
	}
	who.Tracks = req.Tracks
	var from *notify.Cursor
	if req.After != "" {
		place, err := notify.ParseCursor(req.After)
		if err != nil {
			return who, at, badRequest("after", "place", err.Error())
		}
		from = &place
	}
	at, err = s.cfg.Feed.Begin(who, from)
	var interest *notify.InterestError
	switch {
	case errors.As(err, &interest):
		err = badRequest(interest.Field, "interest", interest.Text)
	case errors.Is(err, notifier.ErrAhead):
		err = badRequest("after", "range", err.Error())
	case errors.Is(err, notifier.ErrStranger):
		err = notFound("agent", "agent", "no agent with this key is registered")
	}
	return who, at, err
}
