package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
)

// info is the part of GET /v1/info that econctl acts on.
type info struct {
	Economy  string `json:"economy"`
	Network  string `json:"network"`
	Operator string `json:"operator"`
	Version  string `json:"version"`
	Size     uint64 `json:"size"`
	NowMs    int64  `json:"now_ms"`
	Log      struct {
		Origin      string `json:"origin"`
		VerifierKey string `json:"verifier_key"`
	} `json:"log"`
	Clock struct {
		TimeMs int64  `json:"time_ms"`
		Height uint32 `json:"height"`
	} `json:"clock"`
	Prices []struct {
		Resource string `json:"resource"`
		Sat      int64  `json:"sat"`
	} `json:"prices"`
	Outside *outside `json:"outside"` // nil from an econd that does not tell
	raw     json.RawMessage
}

// info asks econd which economy it keeps, once per run.
func (a *app) info(ctx context.Context) (*info, error) {
	if a.cached != nil {
		return a.cached, nil
	}
	got := new(info)
	raw, err := a.get(ctx, "/v1/info", nil, got)
	if err != nil {
		return nil, err
	}
	if got.Economy == "" {
		return nil, fmt.Errorf("%s does not answer as an econd: /v1/info names no economy; check --econd", a.cfg.Econd)
	}
	got.raw = raw
	a.cached = got
	return got, nil
}

// receipt is econd's answer to an operation.
type receipt struct {
	ID     string `json:"id"`
	Seq    uint64 `json:"seq"`
	TimeMs int64  `json:"time_ms"`
	Height uint32 `json:"height"`
	Block  string `json:"block"`
	Replay bool   `json:"replay,omitempty"`
}

// done is what every command that submits an operation prints as JSON.
type done struct {
	ID      string  `json:"id"`
	Kind    string  `json:"kind"`
	Receipt receipt `json:"receipt"`
	PaidSat int64   `json:"paid_sat"`
}

// submit signs an operation with the key file and hands it to econd. A lost
// answer is asked for again with the same event.
func (a *app) submit(ctx context.Context, kind op.Kind, content any) (done, error) {
	key, err := a.key()
	if err != nil {
		return done{}, err
	}
	about, err := a.info(ctx)
	if err != nil {
		return done{}, err
	}
	now := time.Now()
	e := &op.Event{CreatedAt: now.Unix(), Kind: kind, Content: op.EncodeContent(content),
		Tags: [][]string{{op.EconomyTag, about.Economy}, {op.OrderTag, strconv.Itoa(now.Nanosecond())}}}
	if err := e.Sign(key); err != nil {
		return done{}, err
	}
	if _, err := op.Decode(e.Marshal()); err != nil {
		return done{}, cli.Usage(err)
	}
	data, err := a.read(ctx, request{method: http.MethodPost, path: "/v1/operations", body: e.Marshal()})
	if err != nil {
		return done{}, fmt.Errorf("%s %s: %w", kind, e.ID, err)
	}
	d := done{ID: e.ID.String(), Kind: kind.String()}
	if err := json.Unmarshal(data, &d.Receipt); err != nil || d.Receipt.ID != d.ID {
		return done{}, fmt.Errorf("%s %s: econd's answer is no receipt for it; look it up with: econctl proof entry %s", kind, e.ID, e.ID)
	}
	a.served()
	d.PaidSat = a.paidSat()
	return d, nil
}

// line is the receipt for people.
func (d done) line() string {
	text := fmt.Sprintf("%s recorded as entry %d\nid %s\n", d.Kind, d.Receipt.Seq, d.ID)
	if d.Receipt.Replay {
		text = fmt.Sprintf("%s was recorded already, as entry %d\nid %s\n", d.Kind, d.Receipt.Seq, d.ID)
	}
	return text
}

// kindHTTPAuth is NIP-98's kind.
const kindHTTPAuth op.Kind = 27235

// authFor is how long one NIP-98 event is sent: econd takes it for a minute.
const authFor = 40 * time.Second

// authorise returns a function that signs a request as NIP-98 has it: an event that
// names URL, method and body. Further attempts send the same event while it is young:
// what the first did, though its answer was lost, is not done again. The nonce tells
// requests of one second apart, the order says which came later.
func (a *app) authorise(body []byte) func(method, url string) (http.Header, error) {
	var value string
	var signed time.Time
	return func(method, url string) (http.Header, error) {
		if now := time.Now(); value == "" || now.Sub(signed) > authFor {
			key, err := a.key()
			if err != nil {
				return nil, err
			}
			if value, err = signRequest(key, now, method, url, body); err != nil {
				return nil, err
			}
			signed = now
		}
		return http.Header{"Authorization": {value}}, nil
	}
}

// signRequest is the value of the Authorization header.
func signRequest(key op.SecretKey, at time.Time, method, url string, body []byte) (string, error) {
	e := &op.Event{CreatedAt: at.Unix(), Kind: kindHTTPAuth, Tags: [][]string{{"u", url}, {"method", method}, {"nonce", rand.Text()},
		{op.OrderTag, strconv.Itoa(at.Nanosecond())}}}
	if len(body) > 0 {
		sum := sha256.Sum256(body)
		e.Tags = append(e.Tags, []string{"payload", hex.EncodeToString(sum[:])})
	}
	if err := e.Sign(key); err != nil {
		return "", err
	}
	return "Nostr " + base64.StdEncoding.EncodeToString(e.Marshal()), nil
}
