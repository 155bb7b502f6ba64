package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

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
		return done{}, usageError{err}
	}
	data, err := a.read(ctx, request{method: http.MethodPost, path: "/v1/operations", body: e.Marshal()})
	if err != nil {
		return done{}, fmt.Errorf("%s %s: %w", kind, e.ID, err)
	}
	d := done{ID: e.ID.String(), Kind: kind.String()}
	if err := json.Unmarshal(data, &d.Receipt); err != nil || d.Receipt.ID != d.ID {
		return done{}, fmt.Errorf("%s %s: econd's answer is no receipt for it; look it up with: econctl proof entry %s", kind, e.ID, e.ID)
	}
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

// authorise returns a function that signs each attempt of an admin request, as
// NIP-98 has it: an event that names URL, method and body.
func (a *app) authorise(body []byte) func(method, url string) (http.Header, error) {
	return func(method, url string) (http.Header, error) {
		key, err := a.key()
		if err != nil {
			return nil, err
		}
		e := &op.Event{CreatedAt: time.Now().Unix(), Kind: kindHTTPAuth, Tags: [][]string{{"u", url}, {"method", method}}}
		if len(body) > 0 {
			sum := sha256.Sum256(body)
			e.Tags = append(e.Tags, []string{"payload", hex.EncodeToString(sum[:])})
		}
		if err := e.Sign(key); err != nil {
			return nil, err
		}
		h := make(http.Header)
		h.Set("Authorization", "Nostr "+base64.StdEncoding.EncodeToString(e.Marshal()))
		return h, nil
	}
}
