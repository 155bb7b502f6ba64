package budget

import (
	"encoding/hex"
	"slices"

	"github.com/btcsuite/btcd/btcec/v2/schnorr"

	"github.com/econd/econd/node/refusal"
)

// Bounds of terms.
const (
	MaxMsat       = 1 << 53     // of every amount; the largest whole number that all of JSON's readers have
	MaxPeriodS    = 366 * 86400 // longest period
	MaxWindowS    = 31 * 86400  // longest rolling window
	MaxCount      = 10_000      // payments in a rolling window, also where it bounds sats alone
	MaxVelocity   = 4           // windows
	MaxRecipients = 64
	MaxPurposes   = 64
	MaxApprovers  = 32
)

// Terms are a budget: what may be spent, how fast, to whom and what for. Their encoding is
// that of encoding/json. They are never changed in place.
type Terms struct {
	Pool        string     `json:"pool"`                                             // whose sats they are; not looked at here
	RefillMsat  int64      `json:"refill_msat" schema:"min=1,max=9007199254740992"`  // that each period adds
	CeilingMsat int64      `json:"ceiling_msat" schema:"min=1,max=9007199254740992"` // never is more than this available
	PeriodS     int64      `json:"period_s" schema:"min=1,max=31622400"`             // periods begin at multiples of it since 1970, UTC
	Rollover    bool       `json:"rollover,omitempty"`                               // what a period leaves stays, up to the ceiling
	CapMsat     int64      `json:"cap_msat" schema:"min=1,max=9007199254740992"`     // most for one payment, routing fees included
	Velocity    []Velocity `json:"velocity,omitempty" schema:"max=4"`                // most in rolling windows; all of them hold
	Recipients  []string   `json:"recipients" schema:"max=64"`                       // who may be paid, see Recipient; or "any"; empty: nobody
	Purposes    []string   `json:"purposes,omitempty" schema:"max=64"`               // what for, each of 1 to 40 of a-z, 0-9, '-' and '_'; empty: anything
	UntilMs     int64      `json:"until_ms" schema:"min=1,max=9007199254740992"`     // last instant
	Approvals   *Approvals `json:"approvals,omitempty"`                              // absent: none is asked for
}

// Velocity bounds what is spent in the last WindowS seconds. An instant exactly WindowS ago
// is not among them.
type Velocity struct {
	WindowS int64 `json:"window_s" schema:"min=1,max=2678400"`
	Count   int64 `json:"count,omitempty" schema:"min=0,max=10000"`           // most payments; 0: the bound of every window, MaxCount
	Msat    int64 `json:"msat,omitempty" schema:"min=0,max=9007199254740992"` // most msat, fees included; 0: no bound
}

// Approvals are asked for a payment of more than AboveMsat, fees included: of M of Keys.
// Who approved is for the caller to count.
type Approvals struct {
	AboveMsat int64    `json:"above_msat" schema:"min=0,max=9007199254740992"`
	M         int64    `json:"m" schema:"min=1,max=32"`
	Keys      []string `json:"keys" schema:"min=1,max=32"` // public keys of BIP-340, 64 hex digits each
}

// Validate refuses terms that make no sense or are written in another way than the one
// canonical one. Field names the terms in the refusal, as in "terms".
func (t *Terms) Validate(field string) error {
	for _, m := range []struct {
		name        string
		value, most int64
	}{
		{"refill_msat", t.RefillMsat, MaxMsat},
		{"ceiling_msat", t.CeilingMsat, MaxMsat},
		{"period_s", t.PeriodS, MaxPeriodS},
		{"cap_msat", t.CapMsat, MaxMsat},
		{"until_ms", t.UntilMs, MaxMsat},
	} {
		if err := within(field+"."+m.name, m.value, 1, m.most); err != nil {
			return err
		}
	}
	if err := t.validateVelocity(field + ".velocity"); err != nil {
		return err
	}
	if err := t.validateNames(field); err != nil {
		return err
	}
	if t.Approvals == nil {
		return nil
	}
	return t.Approvals.validate(field + ".approvals")
}

// NeedsApproval tells whether these terms ask approvals for a payment of so much, fees
// included.
func (t *Terms) NeedsApproval(askedMsat int64) bool {
	return t.Approvals != nil && askedMsat > t.Approvals.AboveMsat
}

func (t *Terms) validateVelocity(field string) error {
	if err := length(field, len(t.Velocity), 0, MaxVelocity); err != nil {
		return err
	}
	for _, v := range t.Velocity {
		if err := within(field+".window_s", v.WindowS, 1, MaxWindowS); err != nil {
			return err
		}
		if err := within(field+".count", v.Count, 0, MaxCount); err != nil {
			return err
		}
		if err := within(field+".msat", v.Msat, 0, MaxMsat); err != nil {
			return err
		}
		if v.Count == 0 && v.Msat == 0 {
			return refusal.New(refusal.ErrInvalid, field, "empty", "the window of %d s bounds neither payments nor msat", v.WindowS)
		}
	}
	return nil
}

func (t *Terms) validateNames(field string) error {
	if err := length(field+".recipients", len(t.Recipients), 0, MaxRecipients); err != nil {
		return err
	}
	for _, name := range t.Recipients {
		if name == Any {
			continue
		}
		canonical, err := recipient(field+".recipients", name)
		if err != nil {
			return err
		}
		if canonical != name {
			return refusal.New(refusal.ErrInvalid, field+".recipients", "form", "%+q must be written %+q", name, canonical)
		}
	}
	if err := length(field+".purposes", len(t.Purposes), 0, MaxPurposes); err != nil {
		return err
	}
	for _, name := range t.Purposes {
		if err := purpose(field+".purposes", name); err != nil {
			return err
		}
	}
	if err := once(field+".recipients", t.Recipients); err != nil {
		return err
	}
	return once(field+".purposes", t.Purposes)
}

func (a *Approvals) validate(field string) error {
	if err := within(field+".above_msat", a.AboveMsat, 0, MaxMsat); err != nil {
		return err
	}
	if err := length(field+".keys", len(a.Keys), 1, MaxApprovers); err != nil {
		return err
	}
	for _, text := range a.Keys {
		key, err := hex.DecodeString(text)
		if err == nil {
			_, err = schnorr.ParsePubKey(key)
		}
		if err != nil || hex.EncodeToString(key) != text {
			return refusal.New(refusal.ErrInvalid, field+".keys", "form", "%+q is no public key of BIP-340 in 64 lower-case hex digits", text)
		}
	}
	if err := once(field+".keys", a.Keys); err != nil {
		return err
	}
	return within(field+".m", a.M, 1, int64(len(a.Keys)))
}

// purpose refuses what is no name of a purpose.
func purpose(field, name string) error {
	if err := refusal.TextWithin(field, name, 1, 40); err != nil {
		return err
	}
	for _, c := range []byte(name) {
		if !lowerOrDigit(c) && c != '-' && c != '_' {
			return refusal.New(refusal.ErrInvalid, field, "form", "%+q must consist of a-z, 0-9, '-' and '_'", name)
		}
	}
	return nil
}

func within(field string, n, least, most int64) error {
	if n < least || n > most {
		return refusal.New(refusal.ErrInvalid, field, "range", "is %d, must be between %d and %d", n, least, most)
	}
	return nil
}

func length(field string, n, least, most int) error {
	if n < least || n > most {
		return refusal.New(refusal.ErrInvalid, field, "length", "has %d items, must have %d to %d", n, least, most)
	}
	return nil
}

func once(field string, names []string) error {
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return refusal.New(refusal.ErrInvalid, field, "repeated", "%+q stands there twice", name)
		}
	}
	return nil
}
