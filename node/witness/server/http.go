package server

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/econd/econd/node/witness"
)

// status is the HTTP status of each outcome. That of two roots is the specification's
// of late; in its earlier text it was 409, which now says one thing alone: the size.
var status = map[Outcome]int{
	Cosigned: http.StatusOK, Malformed: http.StatusBadRequest, Unsigned: http.StatusForbidden, UnknownLog: http.StatusNotFound,
	Stale: http.StatusConflict, Inconsistent: http.StatusUnprocessableEntity, TwoRoots: http.StatusUnprocessableEntity,
	Failed: http.StatusInternalServerError,
}

// Handler serves add-checkpoint, the last head of each log at /checkpoint?origin=, and
// who this is at /.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+witness.Path, s.serveAdd)
	mux.HandleFunc("GET /checkpoint", s.serveCheckpoint)
	mux.HandleFunc("GET /{$}", s.serveAbout)
	return mux
}

func (s *Server) serveAdd(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, witness.MaxRequest))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	request, err := witness.ParseRequest(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	line, err := s.Add(request)
	if err != nil {
		s.serveRefusal(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(line) // a caller that went asks again
}

func (s *Server) serveRefusal(w http.ResponseWriter, err error) {
	var refused *Refusal
	switch {
	case !errors.As(err, &refused) || refused.Outcome == Failed:
		s.cfg.Log.Error("add-checkpoint", "error", err.Error())
		http.Error(w, "the witness cannot keep the head; its operator has to mend that", http.StatusInternalServerError)
	case refused.Outcome == Stale:
		w.Header().Set("Content-Type", witness.SizeType)
		w.WriteHeader(http.StatusConflict)
		_, _ = fmt.Fprintf(w, "%d\n", refused.Size)
	default:
		http.Error(w, refused.Error(), status[refused.Outcome])
	}
}

func (s *Server) serveCheckpoint(w http.ResponseWriter, r *http.Request) {
	note, err := s.cfg.State.Latest(r.URL.Query().Get("origin"))
	switch {
	case err != nil:
		s.serveRefusal(w, err)
	case note == nil:
		http.Error(w, "no head of this log was cosigned", http.StatusNotFound)
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write(note)
	}
}

func (s *Server) serveAbout(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, "witness %s\nkey %s\n", s.cfg.Signer.Verifier().Name(), s.cfg.Signer.Verifier().Key())
	origins := make([]string, 0, len(s.logs))
	for o := range s.logs {
		origins = append(origins, o)
	}
	slices.Sort(origins)
	for _, o := range origins {
		fmt.Fprintf(w, "log %s\n", o)
	}
}
