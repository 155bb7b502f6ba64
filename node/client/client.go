package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/econd/econd/node/notekey"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/signer"
	"github.com/econd/econd/node/wallet"
	"golang.org/x/mod/sumdb/note"
)

// DefaultRetryFor is how long a request is repeated while econd is away or busy,
// unless Config.RetryFor says otherwise.
const DefaultRetryFor = 20 * time.Second

// DefaultAnswerFor is how long the body of a small answer may take, unless
// Config.AnswerFor says otherwise.
const DefaultAnswerFor = time.Minute

// ErrConfig says that a configuration cannot work.
var ErrConfig = errors.New("client configuration")

// ErrNoSigner says that something has to be signed and nobody signs.
var ErrNoSigner = errors.New("no Signer is configured")

// Payer sends a request, and pays for it where an L402 challenge asks for payment;
// *wallet.Wallet is one. What it paid is returned with the answer, and with an error
// that came after it. It must heed wallet.WithoutBuying, and be safe for concurrent
// use. It must not follow redirects: what a request is good for would go elsewhere.
type Payer interface {
	Do(*http.Request) (*http.Response, wallet.Paid, error)
}

// Signer signs an event: it sets its public key, id and signature, as every signer.Signer does. It
// must be safe for concurrent use.
type Signer interface {
	Sign(context.Context, *op.Event) error
}

// Key signs with a key that lies in memory.
func Key(key op.SecretKey) Signer { return signer.NewMemory(key) }

// Config sets up a Client. URL is required.
type Config struct {
	// URL is where econd is reached, such as http://127.0.0.1:8402; aperture's, if agents
	// pay there. A path in it stands before those of econd, for a proxy that takes it away.
	URL string

	// HTTP sends requests where there is no Payer. It is copied, and the copy follows no
	// redirect: one is a *Problem that names where it leads. Nil: one that waits 90 s for
	// the beginning of an answer.
	HTTP *http.Client

	// Payer sends requests and pays for them. Nil: what costs something is refused
	// with a *Problem of status 402.
	Payer Payer

	// Signer signs operations and the requests that need it (NIP-98). Nil: those fail
	// with ErrNoSigner.
	Signer Signer

	// LogKey is the key of the log's checkpoints that is expected, in the text form of
	// signed notes (name+hash+base64). "": the one that Logs knows, else what econd names
	// first. Promises and the offers of holds are checked by it. Where the log went over to
	// another key it is followed, if the key that is known signed that.
	LogKey string

	// Logs keeps what is known of logs from one run to the next. Nil: it is known for as
	// long as the Client lives.
	Logs Logs

	// Met, if set, is told of a log whose key was taken on econd's word, and why Logs does
	// not keep it, nil where it does.
	Met func(KnownLog, error)

	// RetryFor is how long a request is repeated while econd is away or busy. 0:
	// DefaultRetryFor; below 0: it is not.
	RetryFor time.Duration

	// AnswerFor is how long the body of an answer may take that is small by nature: all
	// but streams, the log and backups. 0: DefaultAnswerFor; below 0: as long as it takes.
	AnswerFor time.Duration

	// RefusedFor bounds RetryFor where connections are refused and econd has not
	// answered this Client yet: nobody listens there. 0: no bound of its own.
	RefusedFor time.Duration

	// Now is the clock that signatures are stamped by. Nil: time.Now.
	Now func() time.Time

	// Waiting, if set, is told each failure after which a request is repeated, and how
	// long that goes on at most.
	Waiting func(err error, most time.Duration)

	// Away, if set, is told why a stream that was open could not go on. While econd is
	// away or busy it is tried again until its context ends; anything else that answers in
	// econd's place ends it after RetryFor.
	Away func(err error)
}

// Client speaks with one econd. Make it with New. It may be used concurrently.
type Client struct {
	cfg  Config
	at   string // entry that reads look back to; "" for the present
	seen *seen
}

// seen is what a Client and its copies learnt.
type seen struct {
	answered   atomic.Bool // econd has answered
	longStream time.Duration

	proving sync.Mutex // held while an offer is proved, so that each goes on from the one before

	mu      sync.Mutex
	economy string
	log     note.Verifier // nil until it is known
	key     string        // its text
	known   KnownLog
}

// New checks the configuration; ErrConfig names a bad field. It asks nothing.
func New(cfg Config) (*Client, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fmt.Errorf("%w: URL must be one like http://127.0.0.1:8402, without query or password", ErrConfig)
	}
	seen := &seen{longStream: longStream}
	if cfg.LogKey != "" {
		if seen.log, err = notekey.LogVerifier(cfg.LogKey); err != nil {
			return nil, fmt.Errorf("%w: LogKey: %w", ErrConfig, err)
		}
		seen.key = cfg.LogKey
	}
	cfg.URL = strings.TrimRight(cfg.URL, "/")
	if cfg.RetryFor == 0 {
		cfg.RetryFor = DefaultRetryFor
	}
	if cfg.AnswerFor == 0 {
		cfg.AnswerFor = DefaultAnswerFor
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Payer == nil {
		cfg.Payer = newUnpaid(cfg.HTTP)
	}
	return &Client{cfg: cfg, seen: seen}, nil
}

// At returns a Client whose reads say what was right after an entry of the log, instead
// of what is. Anything else it does in the present. A past read may have a price where
// a present one has none.
func (c *Client) At(seq uint64) *Client {
	past := *c
	past.at = fmt.Sprint(seq)
	return &past
}

// Economy is the id of the economy that econd keeps. It is asked for once.
func (c *Client) Economy(ctx context.Context) (string, error) {
	c.seen.mu.Lock()
	id := c.seen.economy
	c.seen.mu.Unlock()
	if id != "" {
		return id, nil
	}
	present := *c
	present.at = ""
	about, err := present.Info().Get(ctx)
	if err != nil {
		return "", err
	}
	if about.Economy == "" {
		return "", &NotEcondError{c.cfg.URL}
	}
	if err := c.meet(ctx, about); err != nil {
		return "", err
	}
	return about.Economy, nil
}

// unpaid sends requests and pays nothing.
type unpaid struct{ http http.Client }

func newUnpaid(given *http.Client) *unpaid {
	u := new(unpaid)
	if given != nil {
		u.http = *given
	} else {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.ResponseHeaderTimeout = 90 * time.Second
		u.http.Transport = transport
	}
	u.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return u
}

// Do implements Payer.
func (u *unpaid) Do(req *http.Request) (*http.Response, wallet.Paid, error) {
	resp, err := u.http.Do(req)
	return resp, wallet.Paid{}, err
}
