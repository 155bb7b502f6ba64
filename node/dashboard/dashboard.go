// Package dashboard is a read-only page about one node: what is recorded, what
// is being voted on, how deep in Bitcoin it is.
//
// It guarantees that the page needs nothing from anywhere else (no script, no
// font, no image), that text written by agents is shown as text and nothing
// more, and that it is made at most once a second, however many look at it. It
// refuses to change anything and to know how it is served.
package dashboard

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // page.html, style.css
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"sync"
	"time"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// Node is what the page asks of the node; *node.Node is one.
type Node interface {
	// View calls fn with the durable state, which fn must neither keep nor
	// change, and the present time in unix milliseconds.
	View(fn func(s *ledger.State, nowMs int64))
	// Recall fills a view with texts that the log alone has. It must not be called
	// within View.
	Recall(v ledger.Recalled) error
	// Ready lists what keeps the node from doing all of its work.
	Ready() (problems []string)
}

// What the page shows at most of each list: the newest.
const (
	maxProposals = 20
	maxAgents    = 20
	maxHolds     = 20
	maxAnchors   = 10
)

//go:embed page.html
var pageText string

//go:embed style.css
var styleText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"when":  when,
	"short": func(v fmt.Stringer) string { return v.String()[:12] },
	"ppm":   func(v int64) string { return fmt.Sprintf("%d.%02d %%", v/10_000, v%10_000/100) },
	"style": func() template.CSS { return template.CSS(styleText) },
}).Parse(pageText))

// policy lets the browser load the one style sheet in the page and nothing
// else. The hash is of what the template puts between the tags.
var policy = func() string {
	sum := sha256.Sum256([]byte(styleText))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

// when writes unix milliseconds for people, in UTC.
func when(ms int64) string {
	if ms == 0 {
		return "–"
	}
	return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05")
}

// contents is what the template sees.
type contents struct {
	Version  string
	Problems []string

	Economy, Network, Origin, Verifier string
	Operator                           op.PublicKey
	Clock                              op.Stamp
	Block                              op.Hash
	NowMs                              int64
	Size                               uint64
	Agents, Proposals                  int
	Epoch, EpochMs                     int64
	Effects                            int

	Prices    []ledger.Price
	Pools     []ledger.PoolView
	Newest    []ledger.ProposalView
	Joined    []ledger.AgentView
	Holds     []ledger.HoldView
	OpenHolds int
	Anchors   []ledger.Anchor
}

// freshness is how long a page once made is shown to others.
const freshness = time.Second

// maker keeps the last page.
type maker struct {
	node    Node
	version string

	mu   sync.Mutex
	made time.Time
	text []byte
}

// New returns the page as a handler. It answers GET and HEAD, whatever the
// path; version is the program's.
func New(n Node, version string) http.Handler { return &maker{node: n, version: version} }

// ServeHTTP answers with the page.
func (m *maker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "this page can only be read", http.StatusMethodNotAllowed)
		return
	}
	text, err := m.page()
	if err != nil {
		http.Error(w, "the page could not be made", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(text) // a reader that is gone is no concern
}

// page makes the page, or returns the last one while it is fresh. What it
// returns is not changed any more.
func (m *maker) page() ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.text != nil && time.Since(m.made) < freshness {
		return m.text, nil
	}
	var b bytes.Buffer
	if err := page.Execute(&b, gather(m.node, m.version)); err != nil {
		return nil, err
	}
	m.text, m.made = b.Bytes(), time.Now()
	return m.text, nil
}

func gather(n Node, version string) *contents {
	c := &contents{Version: version, Problems: n.Ready()}
	n.View(func(s *ledger.State, nowMs int64) {
		c.Economy, c.Network, c.Operator = s.Economy(), s.Network(), s.Operator()
		c.Origin, c.Verifier = ledger.Origin(s.Economy()), s.LogVerifier()
		c.Clock, c.NowMs, c.Size = s.Clock(), nowMs, s.Next()
		c.Block = op.Hash(c.Clock.BlockHash)
		c.Agents, c.Proposals = s.Agents(), s.Proposals()
		c.Epoch, c.EpochMs = s.Epoch()
		c.Effects = len(s.PendingEffects())
		c.Prices = append(c.Prices, s.Constitution().Prices...)
		c.Pools = s.Pools()
		for i := s.Proposals() - 1; i >= max(0, s.Proposals()-maxProposals); i-- {
			c.Newest = append(c.Newest, s.ProposalAt(i, nowMs))
		}
		for i := s.Agents() - 1; i >= max(0, s.Agents()-maxAgents); i-- {
			c.Joined = append(c.Joined, s.AgentAt(i))
		}
		c.Holds = s.Holds()
		c.OpenHolds = len(c.Holds)
		c.Holds = append([]ledger.HoldView(nil), c.Holds[max(0, c.OpenHolds-maxHolds):]...)
		anchors := s.Anchors()
		for i := len(anchors) - 1; i >= max(0, len(anchors)-maxAnchors); i-- {
			c.Anchors = append(c.Anchors, anchors[i])
		}
	})
	for i := range c.Newest {
		if err := n.Recall(&c.Newest[i]); err != nil {
			c.Problems = append(c.Problems, err.Error())
		}
	}
	return c
}
