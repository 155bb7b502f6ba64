package l402

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Invoice is what a Lightning node says about one of its invoices.
type Invoice struct {
	Settled   bool
	Memo      string // the description
	PaidMsat  int64
	CreatedAt int64 // Unix second
	SettledAt int64 // Unix second
}

// Invoices looks invoices of the operator's Lightning node up.
type Invoices interface {
	// Invoice returns an error of kind ErrUnknownToken if there is none with
	// this payment hash, and any other if the node cannot tell now.
	Invoice(ctx context.Context, payment Hash) (Invoice, error)
}

// ForwardedConfig sets up a Forwarded. All fields but Ask are required.
type ForwardedConfig struct {
	Invoices Invoices
	Balances Balances

	// Memo is the description of the invoices that the seller in front makes;
	// aperture's is "L402". Another invoice of the same node buys nothing.
	Memo string

	// PriceSat returns the price of one use of a capability at a Unix second.
	PriceSat func(capability string, at int64) int64

	// TokenLifetime is how long a token is good after its invoice was settled, at
	// most MaxTokenLifetime.
	TokenLifetime time.Duration

	// Ask gets the value of WWW-Authenticate that the seller in front answers
	// to a request without a token; nil: it cannot be asked.
	Ask func(ctx context.Context, a Ask) (header string, err error)
}

// priceGrace is how long before its invoice was made a price may have been told,
// in seconds: whoever was quoted the price that ended meanwhile gets what that
// price bought.
const priceGrace = 60

// priceSlack is how far the node's clock may be behind the one that prices go
// by, in seconds, fractions that it drops included.
const priceSlack = 5

// unaskedFor is how long a priced request without a token stays a problem.
const unaskedFor = 10 * time.Minute

// Forwarded checks the tokens that a seller in front (aperture) forwards. It has
// no root keys, so what it relies on is the payment: the preimage hashes to the
// payment hash in the identifier, and the operator's own node says that an
// invoice of the seller with that hash was settled, when, and with how much.
// That sum, at the price in force when the invoice was made and rounded down, is
// how often the payment can be used.
//
// Restrictions that holders added are the seller's to check, whose root key they
// hang on; the agent caveat, which it does not know, is checked here.
//
// Safe for concurrent use.
type Forwarded struct {
	cfg     ForwardedConfig
	unasked atomic.Int64 // Unix second of the last request without a token
}

// NewForwarded checks the configuration; ErrConfig names a bad field.
func NewForwarded(cfg ForwardedConfig) (*Forwarded, error) {
	switch {
	case cfg.Invoices == nil:
		return nil, refuse(ErrConfig, "Invoices: required")
	case cfg.Balances == nil:
		return nil, refuse(ErrConfig, "Balances: required")
	case cfg.PriceSat == nil:
		return nil, refuse(ErrConfig, "PriceSat: required")
	case cfg.Memo == "":
		return nil, refuse(ErrConfig, "Memo: required")
	case cfg.TokenLifetime < time.Second || cfg.TokenLifetime > MaxTokenLifetime:
		return nil, refuse(ErrConfig, "TokenLifetime: want 1 s to %s, got %s", MaxTokenLifetime, cfg.TokenLifetime)
	}
	return &Forwarded{cfg: cfg}, nil
}

// Check decides on the values of a request's Authorization fields, as
// Gate.Check does.
func (f *Forwarded) Check(ctx context.Context, now time.Time, authorization []string, need Need) (Grant, error) {
	var first error
	var spent Grant
	var tried []string
	for _, text := range authorization {
		for {
			credential, rest, found, ok := nextCredential(text)
			if !ok {
				first = firstOf(first, refuse(ErrMalformed,
					"Authorization: want L402 <base64 macaroon>:<64 hex digits of preimage> and nothing after it"))
			}
			if !ok || !found {
				break
			}
			text = rest
			if slices.Contains(tried, credential) {
				continue
			}
			if len(tried) == maxCredentials {
				return spent, firstOf(first, refuse(ErrMalformed, "Authorization: more than %d L402 credentials", maxCredentials))
			}
			tried = append(tried, credential)
			g, err := f.credential(ctx, now, credential, &need)
			if err == nil {
				return g, nil
			}
			if spent.Uses == 0 && g.Uses != 0 {
				spent, first = g, err
			}
			first = firstOf(first, err)
		}
	}
	if first == nil {
		first = refuse(ErrNoCredentials, "Authorization: has no L402 value")
	}
	return spent, first
}

// credential decides on one credential, macaroons:preimage.
func (f *Forwarded) credential(ctx context.Context, now time.Time, credential string, need *Need) (Grant, error) {
	i := len(credential) - preimageLen - 1
	var preimage [32]byte
	if !decodeHex32(&preimage, credential[i+1:]) {
		return Grant{}, refuse(ErrMalformed, "preimage: want 64 hex digits after the colon")
	}
	if strings.Count(credential[:i], ",") >= maxTokens {
		return Grant{}, refuse(ErrMalformed, "macaroon: more than %d in one credential", maxTokens)
	}
	var first error
	for text := range strings.SplitSeq(credential[:i], ",") {
		var s scratch
		n, ok := decodeBase64(s.text[:], text)
		if !ok || n == 0 {
			return Grant{}, errBase64
		}
		g, err := f.macaroon(ctx, now, s.text[:n], sha256.Sum256(preimage[:]), need)
		if err == nil || g.Uses != 0 {
			return g, err
		}
		first = firstOf(first, err)
		if errors.Is(err, ErrUnknownToken) {
			break // the others hang on the same payment
		}
	}
	return Grant{}, first
}

// CheckMacaroon decides on the gRPC metadata value "macaroon"; see
// Verifier.CheckMacaroon and Check.
func (f *Forwarded) CheckMacaroon(ctx context.Context, now time.Time, value string, need Need) (Grant, error) {
	if hex.DecodedLen(len(value)) > maxMacaroonLen {
		return Grant{}, refuse(ErrMalformed, "macaroon: at most %d bytes are accepted", maxMacaroonLen)
	}
	b, err := hex.DecodeString(value)
	if err != nil {
		return Grant{}, refuse(ErrMalformed, "macaroon: not hex")
	}
	var raw rawMacaroon
	if _, err := raw.decode(b); err != nil {
		return Grant{}, err
	}
	var preimage [32]byte
	if !decodeHex32(&preimage, lastPreimage(raw.list())) {
		return Grant{}, refuse(ErrMalformed, "preimage caveat: want 64 hex digits")
	}
	return f.macaroon(ctx, now, b, sha256.Sum256(preimage[:]), &need)
}

// macaroon decides on one macaroon whose preimage hashes to paid.
func (f *Forwarded) macaroon(ctx context.Context, now time.Time, b []byte, paid Hash, need *Need) (Grant, error) {
	m, err := ParseMacaroon(b)
	if err != nil {
		return Grant{}, err
	}
	id, err := m.Identifier()
	if err != nil {
		return Grant{}, err
	}
	if id.PaymentHash != paid {
		return Grant{}, refuse(ErrPreimage, "the preimage hashes to another payment than the token's")
	}
	x := examiner{need: need}
	for _, c := range m.caveats {
		if value, ok := strings.CutPrefix(c, condAgent+"="); ok {
			if err := x.addAgent([]byte(value)); err != nil {
				return Grant{}, err
			}
		}
	}
	if err := x.decideAgent(); err != nil {
		return Grant{}, err
	}
	bought, err := f.bought(ctx, now, paid, need.Capability)
	if err != nil {
		return Grant{}, err
	}
	end := bought.Until - int64((MaxTokenLifetime-f.cfg.TokenLifetime)/time.Second)
	if end <= now.Unix() {
		return Grant{}, refuse(ErrExpired, "the token paid with %s ended at Unix time %d", paid, end)
	}
	g := Grant{TokenID: id.TokenID, PaymentHash: paid, Service: need.Service, ExpiresAt: end, KeepUntil: bought.Until,
		Agent: x.agent, Uses: bought.Uses, For: need.Capability}
	return g, look(f.cfg.Balances, &g)
}

// bought is what a payment bought, as remembered or as the Lightning node says.
func (f *Forwarded) bought(ctx context.Context, now time.Time, payment Hash, capability string) (Balance, error) {
	b, known, err := f.cfg.Balances.Known(payment)
	if err != nil {
		return b, backEnd("balances", err)
	}
	if known {
		return b, nil
	}
	invoice, err := f.cfg.Invoices.Invoice(ctx, payment)
	switch {
	case errors.Is(err, ErrUnknownToken), err == nil && invoice.Memo != f.cfg.Memo:
		return b, refuse(ErrUnknownToken, "payment %s paid no invoice for a token of this node", payment)
	case err != nil:
		return b, unavailable("look the invoice up", err)
	case !invoice.Settled:
		return b, refuse(ErrNotAuthorized, "the invoice of payment %s is not settled", payment)
	}
	price := f.price(capability, invoice.CreatedAt, now.Unix())
	uses := min(MaxUses, invoice.PaidMsat/(price*1000))
	if uses < 1 {
		return b, refuse(ErrNotAuthorized, "payment %s was of %d msat, one use of %q cost %d sat", payment, invoice.PaidMsat, capability, price)
	}
	return Balance{Uses: uses, For: capability, Until: invoice.SettledAt + int64(MaxTokenLifetime/time.Second)}, nil
}

// price is the lowest of the prices above 0 that may have been told for an
// invoice made at a second; where there was none, the present one, at least 1 sat.
func (f *Forwarded) price(capability string, created, now int64) int64 {
	lowest := int64(0)
	for _, at := range []int64{created - priceGrace, created, created + priceSlack} {
		if sat := f.cfg.PriceSat(capability, at); sat > 0 && (lowest == 0 || sat < lowest) {
			lowest = sat
		}
	}
	if lowest == 0 {
		lowest = f.cfg.PriceSat(capability, now)
	}
	return max(1, lowest)
}

// Take counts uses; see Gate.Take.
func (f *Forwarded) Take(_ time.Time, grant *Grant, n int64) (int64, error) {
	return take(f.cfg.Balances, grant, n)
}

// GiveBack returns uses that were taken and not served.
func (f *Forwarded) GiveBack(grant *Grant, n int64) {
	f.cfg.Balances.GiveBack(grant.PaymentHash, n)
	grant.Left += n
}

// ErrNoChallenge says that the seller in front has to be asked for a challenge by a
// request without a token.
const ErrNoChallenge = Kind("no challenge from here")

// Challenge passes on what the seller in front asks for, where it can be asked;
// else ErrNoChallenge. The question has no token, so where the seller forwards it
// instead of answering, the one who asks is not asked to ask again.
func (f *Forwarded) Challenge(ctx context.Context, _ time.Time, a Ask) (Challenge, error) {
	if f.cfg.Ask == nil || a.Tokenless {
		return Challenge{}, refuse(ErrNoChallenge, "send the request again without its token")
	}
	header, err := f.cfg.Ask(ctx, a)
	if err != nil {
		return Challenge{}, &Error{Kind: ErrNoChallenge, Sentence: "send the request again without its token", cause: err}
	}
	return Challenge{foreign: header, PriceMsat: a.PriceMsat, Uses: max(1, a.Uses)}, nil
}

// Unasked notes a priced request without a token, which the seller's list of free
// paths let through. It must be one that the seller could read as a whole.
func (f *Forwarded) Unasked(now time.Time) { f.unasked.Store(now.Unix()) }

// Problems says that the seller's list of free paths is out of date, for ten
// minutes after it let a priced request pass.
func (f *Forwarded) Problems(now time.Time) []string {
	at := f.unasked.Load()
	if at == 0 || now.Unix()-at >= int64(unaskedFor/time.Second) {
		return nil
	}
	return []string{fmt.Sprintf("l402: a request for something that has a price came without a token at %s and was refused: "+
		"aperture's authwhitelistpaths lets it through, or somebody on this machine calls econd past aperture; put the block that `econd aperture` prints into aperture.yaml, and restart it",
		time.Unix(at, 0).UTC().Format(time.RFC3339))}
}
