package client

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"github.com/econd/econd/node/op"
)

// kindHTTPAuth is NIP-98's kind.
const kindHTTPAuth op.Kind = 27235

// authFor is how long one NIP-98 event is sent: econd takes it for a minute.
const authFor = 40 * time.Second

// authorise returns a function that signs a request as NIP-98 has it: an event that
// names URL, method and body. Further attempts send the same event while it is young:
// what the first did, though its answer was lost, is not done again. The nonce tells
// requests of one second apart, the order says which came later.
func (c *Client) authorise(ctx context.Context, body []byte) func(method, url string) (http.Header, error) {
	var value string
	var signed time.Time
	return func(method, url string) (http.Header, error) {
		if now := c.cfg.Now(); value == "" || now.Sub(signed) > authFor {
			var err error
			if value, err = c.signRequest(ctx, now, method, url, body); err != nil {
				return nil, err
			}
			signed = now
		}
		return http.Header{"Authorization": {value}}, nil
	}
}

// signRequest is the value of the Authorization header.
func (c *Client) signRequest(ctx context.Context, at time.Time, method, url string, body []byte) (string, error) {
	e := &op.Event{CreatedAt: at.Unix(), Kind: kindHTTPAuth, Tags: [][]string{{"u", url}, {"method", method}, {"nonce", rand.Text()},
		{op.OrderTag, strconv.Itoa(at.Nanosecond())}}}
	if len(body) > 0 {
		sum := sha256.Sum256(body)
		e.Tags = append(e.Tags, []string{"payload", hex.EncodeToString(sum[:])})
	}
	if err := c.sign(ctx, e); err != nil {
		return "", err
	}
	return "Nostr " + base64.StdEncoding.EncodeToString(e.Marshal()), nil
}
