// Package dashboard is the status pages of one node: what is recorded, what is
// being voted on, how deep in Bitcoin it is.
//
// It guarantees that the pages need nothing from anywhere else and no script,
// that text written by agents is shown as text and nothing more, that each page
// is of bounded size and made in bounded time, and at most once a second however
// many look at it. It refuses to change anything and to know how it is served.
package dashboard

import (
	"bytes"
	"container/list"
	"embed"
	"errors"
	"html/template"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
)

// Node is what the pages ask of the node; *node.Node is one.
type Node interface {
	// View calls fn with the durable state, which fn must neither keep nor
	// change, and the present time in unix milliseconds.
	View(fn func(s *ledger.State, nowMs int64))
	// Recall fills a view with texts that the log alone has. It must not be called
	// within View.
	Recall(v view.Recalled) error
	// Ready lists what keeps the node from doing all of its work.
	Ready() (problems []string)
	// Height is that of the best block known.
	Height() uint32
}

// pageItems is how many items a list shows at once.
const pageItems = 25

//go:embed templates static
var files embed.FS

// policy lets the browser load this node's style sheet and icon and nothing else.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// freshness is how long a page once made is shown to others.
const freshness = time.Second

// How many pages once made are remembered, and how many bytes they may have.
const (
	kept      = 64
	keptBytes = 8 << 20
)

// server makes the pages.
type server struct {
	node    Node
	version string

	work  singleflight.Group // by page
	mu    sync.Mutex
	pages map[string]*list.Element // of *made, by request
	order *list.List               // newest first
	bytes int                      // of the texts
	ends  *sizes                   // as of endAt
	endAt time.Time
}

// made is one page as it was.
type made struct {
	key    string
	at     time.Time
	status int
	text   []byte
}

// New returns the pages as a handler of / and everything under /status. It answers
// GET and HEAD; version is the program's.
func New(n Node, version string) http.Handler {
	return &server{node: n, version: version, pages: map[string]*list.Element{}, order: list.New()}
}

// ServeHTTP answers with a page, or with what pages refer to.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "these pages can only be read", http.StatusMethodNotAllowed)
		return
	}
	if name, ok := strings.CutPrefix(r.URL.Path, "/status/static/"); ok {
		s.static(w, name)
		return
	}
	parts, ok := partsOf(r)
	if !ok {
		s.elsewhere(w, r)
		return
	}
	p, err := s.page(s.clamped(requestOf(r, parts)))
	if err != nil {
		http.Error(w, "the page could not be made", http.StatusInternalServerError)
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(p.status)
	_, _ = w.Write(p.text) // a reader that is gone is no concern
}

// elsewhere answers a request that is not spelled as any page, without a look at
// the state.
func (s *server) elsewhere(w http.ResponseWriter, r *http.Request) {
	to, ok := slashed(r)
	if !ok {
		http.Error(w, "there is no such page; the overview is at /status", http.StatusNotFound)
		return
	}
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusPermanentRedirect)
}

// clamped is the request with a position that its list has; where lists end is
// looked up once a second.
func (s *server) clamped(q request) request {
	if q.before == 0 {
		return q
	}
	ends, _, _ := s.work.Do("ends", func() (any, error) {
		s.mu.Lock()
		ends, at := s.ends, s.endAt
		s.mu.Unlock()
		if ends != nil && time.Since(at) < freshness {
			return ends, nil
		}
		s.node.View(func(st *ledger.State, _ int64) { ends = sizesOf(st) })
		s.mu.Lock()
		defer s.mu.Unlock()
		s.ends, s.endAt = ends, time.Now()
		return ends, nil
	})
	return ends.(*sizes).clamp(q)
}

// static serves the style sheet and the icon. Pages name them with their version,
// so that a new program is not shown in old clothes.
func (s *server) static(w http.ResponseWriter, name string) {
	text, err := files.ReadFile("static/" + name)
	if err != nil || path.Base(name) != name {
		http.Error(w, "there is no such file", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	w.Header().Set("Cache-Control", "max-age=86400")
	_, _ = w.Write(text)
}

// page makes a page, or returns the last one while it is fresh. Who asks for one
// that is being made waits for that one. All that is missing is one page. What it
// returns is not changed any more.
func (s *server) page(r request) (*made, error) {
	key := r.key()
	if m := s.fresh(key); m != nil {
		return m, nil
	}
	m, err, _ := s.work.Do(key, func() (any, error) {
		if m := s.fresh(key); m != nil {
			return m, nil
		}
		m, err := s.make(r, key)
		if err == nil {
			s.keep(m)
		}
		return m, err
	})
	if errors.Is(err, errMissing) {
		return s.page(request{what: "missing", root: r.root})
	}
	if err != nil {
		return nil, err
	}
	return m.(*made), nil
}

// make makes a page.
func (s *server) make(r request, key string) (*made, error) {
	c, err := s.contents(r)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := pages[c.name].ExecuteTemplate(&b, "layout", c); err != nil {
		return nil, err
	}
	return &made{key: key, at: time.Now(), status: c.status, text: b.Bytes()}, nil
}

// fresh is a page that was made just now, or nil.
func (s *server) fresh(key string) *made {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.pages[key]
	if !ok {
		return nil
	}
	if m := e.Value.(*made); time.Since(m.at) < freshness {
		return m
	}
	s.drop(e)
	return nil
}

// keep remembers a page, and lets the oldest go.
func (s *server) keep(m *made) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.pages[m.key]; ok {
		s.drop(e)
	}
	s.pages[m.key] = s.order.PushFront(m)
	s.bytes += len(m.text)
	for s.order.Len() > kept || s.bytes > keptBytes {
		s.drop(s.order.Back())
	}
}

func (s *server) drop(e *list.Element) {
	m := s.order.Remove(e).(*made)
	delete(s.pages, m.key)
	s.bytes -= len(m.text)
}

// pages are the templates, by name: each is the layout around its own file.
var pages = func() map[string]*template.Template {
	all := map[string]*template.Template{}
	layout := template.Must(template.New("layout").Funcs(functions).ParseFS(files, "templates/layout.html", "templates/parts.html"))
	for _, name := range []string{"overview", "proposals", "proposal", "ballots", "disputes", "dispute", "agents", "agent", "anchors", "missing"} {
		all[name] = template.Must(template.Must(layout.Clone()).ParseFS(files, "templates/"+name+".html"))
	}
	return all
}()
