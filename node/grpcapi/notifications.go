package grpcapi

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"

	"github.com/econd/econd/node/notifier"
	"github.com/econd/econd/node/notify"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// Feed is where notices come from; *notifier.Feed is one.
type Feed interface {
	// Begin checks whom a reader asks about and where it begins, nil for now.
	Begin(who notify.Interest, from *notify.Cursor) (notify.Cursor, error)
	// Next waits for the notices that follow a place.
	Next(ctx context.Context, who notify.Interest, from notify.Cursor) ([]notify.Told, notify.Cursor, error)
}

// WatchNotices streams what concerns an agent at the reader's pace. It shares
// the limit of subscriptions.
func (s *Server) WatchNotices(req *econdv1.WatchNoticesRequest, stream econdv1.Notifications_WatchNoticesServer) error {
	who, at, err := s.readerOf(req)
	if err != nil {
		return err
	}
	leave, err := s.rooms.follows.Enter(s.who(stream.Context()))
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := s.lifetime(stream.Context())
	defer cancel()
	if err := s.begin(ctx, func() error { return stream.Send(&econdv1.WatchNoticesResponse{Place: at.String()}) }); err != nil {
		return err
	}
	for {
		list, next, err := s.cfg.Feed.Next(ctx, who, at)
		if err != nil {
			return s.broken(ctx, err)
		}
		at = next
		err = sendWithin(ctx, s.cfg.Limits.Stall, func() error {
			for _, t := range list {
				if err := stream.Send(&econdv1.WatchNoticesResponse{Notice: noticeOf(&t.Notice), Place: t.Cursor.String()}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return s.broken(ctx, err)
		}
	}
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

func noticeOf(n *notify.Notice) *econdv1.Notice {
	m := new(econdv1.Notice)
	encode(n, m)
	return m
}
