// Package mpptest is a seller that speaks the `Payment` scheme, for tests of clients that pay.
package mpptest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/econd/econd/node/mpp"
)

// Seller is an http.Handler that sells everything for one price. A charge that was paid buys one
// request. Its fields are set before it serves, or under Lock.
type Seller struct {
	sync.Mutex

	// Invoice makes an invoice over an amount.
	Invoice func(ctx context.Context, amountMsat int64) (invoice string, hash [32]byte, err error)

	PriceMsat int64
	Goods     string
	Failing   int // that many paid requests are answered 503 before the goods are handed out

	// What its challenges say, changed; nil: the truth.
	Amount  func(sat int64) string
	Hash    func(hash [32]byte) [32]byte
	Network string // "": regtest
	Expires time.Time

	// Beside are challenges of other schemes that stand before its own.
	Beside func(r *http.Request) []string

	used map[string]bool
	Sold int // requests that were served
}

var secret = sha256.Sum256([]byte("a seller's secret"))

// ServeHTTP asks for payment, and serves who paid.
func (s *Seller) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.Lock()
	defer s.Unlock()
	if c, ok := paidFor(r); ok && !s.used[c.Challenge.ID] {
		if s.Failing > 0 {
			s.Failing--
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if s.used == nil {
			s.used = make(map[string]bool)
		}
		s.used[c.Challenge.ID] = true
		s.Sold++
		receipt, _ := mpp.Receipt{Status: "success", Method: mpp.Lightning, Timestamp: "2026-03-10T21:00:00Z", ChallengeID: c.Challenge.ID}.Header()
		w.Header().Set(mpp.ReceiptHeader, receipt)
		_, _ = io.WriteString(w, s.Goods)
		return
	}
	if s.Beside != nil {
		for _, other := range s.Beside(r) {
			w.Header().Add("WWW-Authenticate", other)
		}
	}
	header, err := s.challenge(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Add("WWW-Authenticate", header)
	w.WriteHeader(http.StatusPaymentRequired)
}

func (s *Seller) challenge(ctx context.Context) (string, error) {
	invoice, hash, err := s.Invoice(ctx, s.PriceMsat)
	if err != nil {
		return "", err
	}
	amount, network := fmt.Sprint(s.PriceMsat/1000), "regtest"
	if s.Amount != nil {
		amount = s.Amount(s.PriceMsat / 1000)
	}
	if s.Hash != nil {
		hash = s.Hash(hash)
	}
	if s.Network != "" {
		network = s.Network
	}
	var nonce [8]byte
	_, _ = rand.Read(nonce[:])
	request, err := mpp.Canonical(fmt.Appendf(nil, `{"amount":%q,"currency":"sat","methodDetails":{"invoice":%q,"paymentHash":"%x","network":%q}}`,
		amount, invoice, hash, network))
	if err != nil {
		return "", err
	}
	c := mpp.Challenge{Realm: "shop", Method: mpp.Lightning, Intent: mpp.ChargeOnce, Request: base64.RawURLEncoding.EncodeToString(request),
		Opaque: hex.EncodeToString(nonce[:])}
	if !s.Expires.IsZero() {
		c.Expires = s.Expires.UTC().Format(time.RFC3339)
	}
	c.ID = c.MAC(secret[:])
	return c.Header()
}

// paidFor is a request's credential, if it is one of this seller with the preimage of its charge.
func paidFor(r *http.Request) (mpp.Credential, bool) {
	c, err := mpp.ParseCredential(r.Header.Get("Authorization"))
	if err != nil || !c.Challenge.IssuedWith(secret[:]) {
		return c, false
	}
	charge, err := c.Challenge.Charge()
	if err != nil {
		return c, false
	}
	preimage, err := c.Preimage()
	return c, err == nil && sha256.Sum256(preimage[:]) == charge.PaymentHash
}
