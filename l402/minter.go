package l402

import (
	"context"
	"io"
	"time"
)

// Invoicer makes invoices; the adapter for LND is one.
type Invoicer interface {
	// AddInvoice makes an ordinary (not a hold) invoice over amountMsat
	// millisatoshis that can be paid for the given time, and returns it in
	// BOLT11 with its payment hash. The preimage must be random and must not
	// be known to anybody but the Lightning node until the invoice is paid.
	AddInvoice(ctx context.Context, amountMsat int64, memo string, expiry time.Duration) (bolt11 string, paymentHash Hash, err error)
}

// Offer is what one token will grant, and its price.
type Offer struct {
	// Services that the token grants, at least one, each name once.
	Services []Service

	// Capabilities limits what the token may do at the first service; empty
	// for no limit.
	Capabilities []string

	// Agent binds the token to a key; zero for a bearer token.
	Agent AgentKey

	// Customer is named in the invoice's description, so that who pays can show
	// that the payee meant the payment to be its own; zero names Agent, if there
	// is one. It binds nothing.
	Customer AgentKey

	// Uses is how often the token is good at the first service, 1 to MaxUses;
	// 0 means 1.
	Uses int64

	// PriceMsat is the price of all uses in millisatoshis, more than 0.
	PriceMsat int64

	// Lifetime is how long the token is good at each of its services, counted
	// from the challenge; at least a second, rounded up to the next second.
	Lifetime time.Duration
}

// MinterConfig sets up a Minter. All fields but Location are required.
type MinterConfig struct {
	Store    RootKeys
	Invoicer Invoicer

	// Rand is a cryptographically secure source, such as crypto/rand.Reader.
	Rand io.Reader

	// InvoiceExpiry is how long a challenge can be paid: 1 second to a year,
	// in whole seconds.
	InvoiceExpiry time.Duration

	// Location is the unsigned hint in each macaroon about who issued it, at
	// most 128 bytes; it may be empty.
	Location string
}

// Minter makes tokens and sells them by challenge. Safe for concurrent use if
// its parts are.
type Minter struct{ cfg MinterConfig }

// NewMinter checks the configuration; ErrConfig names a bad field.
func NewMinter(cfg MinterConfig) (*Minter, error) {
	switch {
	case cfg.Store == nil:
		return nil, refuse(ErrConfig, "Store: required")
	case cfg.Invoicer == nil:
		return nil, refuse(ErrConfig, "Invoicer: required")
	case cfg.Rand == nil:
		return nil, refuse(ErrConfig, "Rand: required")
	case cfg.InvoiceExpiry < time.Second || cfg.InvoiceExpiry > 365*24*time.Hour || cfg.InvoiceExpiry%time.Second != 0:
		return nil, refuse(ErrConfig, "InvoiceExpiry: want whole seconds, 1 s to 365 days, got %s", cfg.InvoiceExpiry)
	case len(cfg.Location) > 128:
		return nil, refuse(ErrConfig, "Location: at most 128 bytes, got %d", len(cfg.Location))
	}
	return &Minter{cfg: cfg}, nil
}

// Mint makes a challenge for an offer. It asks for the invoice, draws root key
// and token id, and returns only after the store has them. ErrConfig says what
// is wrong with the offer, ErrUnavailable that invoicer, store or random source
// failed; then no challenge exists that anybody could pay in vain.
func (m *Minter) Mint(ctx context.Context, now time.Time, offer Offer) (Challenge, error) {
	end := now.Add(offer.Lifetime + time.Second - 1)
	caveats, err := offer.caveats(end)
	if err != nil {
		return Challenge{}, err
	}
	memo := "L402 " + offer.Services[0].Name + offer.customerWord()
	invoice, hash, err := m.cfg.Invoicer.AddInvoice(ctx, offer.PriceMsat, memo, m.cfg.InvoiceExpiry)
	if err != nil {
		return Challenge{}, unavailable("invoice", err)
	}
	record := Record{
		PaymentHash: hash,
		CreatedAt:   now.Unix(),
		PayBy:       now.Add(m.cfg.InvoiceExpiry + time.Second - 1).Unix(),
		ExpiresAt:   end.Unix(),
	}
	if _, err := io.ReadFull(m.cfg.Rand, record.TokenID[:]); err != nil {
		return Challenge{}, unavailable("random source", err)
	}
	if _, err := io.ReadFull(m.cfg.Rand, record.RootKey[:]); err != nil {
		return Challenge{}, unavailable("random source", err)
	}
	mac := newMacaroon(&record.RootKey, Identifier{PaymentHash: hash, TokenID: record.TokenID}, m.cfg.Location)
	for _, c := range caveats {
		if err := mac.AddCaveat(c); err != nil {
			return Challenge{}, err
		}
	}
	if err := m.cfg.Store.Put(record); err != nil {
		return Challenge{}, unavailable("root key store", err)
	}
	return Challenge{
		Macaroon:    mac,
		Invoice:     invoice,
		TokenID:     record.TokenID,
		PaymentHash: hash,
		PayBy:       record.PayBy,
		PriceMsat:   offer.PriceMsat,
		Uses:        max(1, offer.Uses),
	}, nil
}

// customerWord is what in a description names the customer: " agent=" and its key.
func (o Offer) customerWord() string {
	who := o.Customer
	if who.IsZero() {
		who = o.Agent
	}
	if who.IsZero() {
		return ""
	}
	return " " + condAgent + "=" + who.String()
}

// caveats checks the offer and turns it into caveats, services first.
func (o Offer) caveats(end time.Time) ([]Caveat, error) {
	if o.PriceMsat <= 0 {
		return nil, refuse(ErrConfig, "PriceMsat: must be positive, got %d", o.PriceMsat)
	}
	if o.Lifetime < time.Second || o.Lifetime > 100*365*24*time.Hour {
		return nil, refuse(ErrConfig, "Lifetime: want 1 s to 100 years, got %s", o.Lifetime)
	}
	services, err := ServicesCaveat(o.Services...)
	if err != nil {
		return nil, err
	}
	caveats := []Caveat{services}
	if len(o.Capabilities) > 0 {
		c, err := CapabilitiesCaveat(o.Services[0].Name, o.Capabilities...)
		if err != nil {
			return nil, err
		}
		caveats = append(caveats, c)
	}
	uses, err := UsesCaveat(o.Services[0].Name, max(1, o.Uses))
	if err != nil {
		return nil, err
	}
	caveats = append(caveats, uses)
	for i, s := range o.Services {
		for _, before := range o.Services[:i] {
			if before.Name == s.Name {
				return nil, refuse(ErrConfig, "Services: %q is listed twice", s.Name)
			}
		}
		c, err := ValidUntilCaveat(s.Name, end)
		if err != nil {
			return nil, err
		}
		caveats = append(caveats, c)
	}
	if o.Agent.IsZero() {
		return caveats, nil
	}
	agent, err := AgentCaveat(o.Agent)
	if err != nil {
		return nil, err
	}
	return append(caveats, agent), nil
}
