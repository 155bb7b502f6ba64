package l402

import (
	"bytes"
	"math"
	"strconv"
)

// maxValidUntil is the last Unix second that a time.Time holds exactly. A
// larger valid_until is malformed; aperture wraps it around and refuses too.
const maxValidUntil = math.MaxInt64 - 62_135_596_800

// Need is what a request wants. Service is required.
type Need struct {
	// Service is the name of the service; the token's services caveat must
	// list it.
	Service string

	// Tier is the least tier of the service that suffices.
	Tier uint8

	// Capability, if not empty, must be among the service's capabilities if
	// the token limits them. A token without a capabilities caveat for the
	// service may do everything there.
	Capability string

	// Agent is the key that this request has proved to hold, for instance by
	// a signed operation or NIP-98; zero if it has proved none. A token bound
	// to an agent is refused if another key was proved, or none.
	Agent AgentKey

	// AgentLater accepts any binding: the caller holds Grant.Agent against the
	// key once it knows it, and takes nothing before.
	AgentLater bool

	// RequireAgent refuses tokens without an agent binding.
	RequireAgent bool
}

// Grant is what a token gives to the request that presented it.
type Grant struct {
	TokenID     TokenID
	PaymentHash Hash

	// Service is the service of the need, Tier what the token has of it.
	Service string
	Tier    uint8

	// ExpiresAt is the Unix second from which on the token is no longer good
	// for the service; 0 if it has no end.
	ExpiresAt int64

	// KeepUntil, not before ExpiresAt, is the Unix second from which on no token of this payment is
	// good any more; 0 for never.
	KeepUntil int64

	// Agent is the key the token is bound to; zero if it is bound to none.
	Agent AgentKey

	// Uses is how often the token is good in all; 1 if it does not say.
	Uses int64

	// Left is how many of them a Gate found not taken yet.
	Left int64

	// For is the capability of the need, which the uses are counted for.
	For string
}

// examiner holds the last caveat seen of each condition while the caveats of
// one token are examined in order.
type examiner struct {
	need         *Need
	services     []byte
	capabilities []byte
	validUntil   int64
	uses         int64 // 0: no such caveat
	agent        AgentKey

	hasServices, hasCapabilities, hasValidUntil bool
}

// examine decides whether the caveats, in the token's order, allow the need at
// the time now in Unix seconds, and fills in the grant's share of the answer. A
// caveat of a known condition must be well-formed and narrow the one before.
// Others are skipped. It allocates only to refuse.
func examine(caveats [][]byte, need *Need, now int64, g *Grant) error {
	x := examiner{need: need}
	for _, c := range caveats {
		i := bytes.IndexByte(c, '=')
		if i < 0 {
			continue
		}
		if err := x.add(c[:i], c[i+1:]); err != nil {
			return err
		}
	}
	return x.decide(now, g)
}

// add takes one caveat in.
func (x *examiner) add(condition, value []byte) error {
	switch {
	case string(condition) == condServices:
		return x.addServices(value)
	case string(condition) == condAgent:
		return x.addAgent(value)
	case isCondition(condition, x.need.Service, suffValidUntil):
		return x.addValidUntil(value)
	case isCondition(condition, x.need.Service, suffCapabilities):
		return x.addCapabilities(value)
	case isCondition(condition, x.need.Service, suffUses):
		return x.addUses(value)
	}
	return nil
}

// isCondition tells whether condition is service followed by suffix.
func isCondition(condition []byte, service, suffix string) bool {
	return len(condition) == len(service)+len(suffix) &&
		string(condition[:len(service)]) == service &&
		string(condition[len(service):]) == suffix
}

func (x *examiner) addServices(value []byte) error {
	for rest, more := value, true; more; {
		var name []byte
		var tier uint8
		var ok bool
		name, tier, rest, more, ok = nextService(rest)
		if !ok {
			return refuse(ErrMalformed, "services caveat: want name:tier, comma-separated, tier 0 to 255")
		}
		if !x.hasServices {
			continue
		}
		if most, found := tierOf(x.services, name); !found || tier > most {
			return refuse(ErrWidened, "services caveat: grants a service or tier that the one before does not")
		}
	}
	x.services, x.hasServices = value, true
	return nil
}

// nextService takes the first name:tier off a list; more tells whether the
// list goes on, with at least one more element, empty or not.
func nextService(list []byte) (name []byte, tier uint8, rest []byte, more, ok bool) {
	item, rest, more := bytes.Cut(list, []byte{','})
	name, digits, found := bytes.Cut(item, []byte{':'})
	if !found || len(name) == 0 || bytes.IndexByte(digits, ':') >= 0 {
		return nil, 0, nil, false, false
	}
	t, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil || t < 0 || t > math.MaxUint8 {
		return nil, 0, nil, false, false
	}
	return name, uint8(t), rest, more, true
}

// tierOf returns the highest tier that a well-formed list gives of a service.
func tierOf[S ~string | ~[]byte](list []byte, service S) (most uint8, found bool) {
	for more := true; more; {
		var name []byte
		var tier uint8
		name, tier, list, more, _ = nextService(list)
		if string(name) == string(service) {
			most, found = max(most, tier), true
		}
	}
	return most, found
}

func (x *examiner) addCapabilities(value []byte) error {
	for rest, more := value, x.hasCapabilities; more; {
		var item []byte
		item, rest, more = bytes.Cut(rest, []byte{','})
		if !contains(x.capabilities, item) {
			return refuse(ErrWidened, "capabilities caveat: grants what the one before does not")
		}
	}
	x.capabilities, x.hasCapabilities = value, true
	return nil
}

// contains tells whether a comma-separated list has the item.
func contains[S ~string | ~[]byte](list []byte, item S) bool {
	for more := true; more; {
		var have []byte
		have, list, more = bytes.Cut(list, []byte{','})
		if string(have) == string(item) {
			return true
		}
	}
	return false
}

func (x *examiner) addValidUntil(value []byte) error {
	end, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil || end > maxValidUntil {
		return refuse(ErrMalformed, "valid_until caveat: want a Unix time in seconds")
	}
	if x.hasValidUntil && end > x.validUntil {
		return refuse(ErrWidened, "valid_until caveat: later than the one before")
	}
	x.validUntil, x.hasValidUntil = end, true
	return nil
}

func (x *examiner) addUses(value []byte) error {
	uses, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil || uses < 1 || uses > MaxUses {
		return refuse(ErrMalformed, "uses caveat: want a number from 1 to %d", MaxUses)
	}
	if x.uses != 0 && uses > x.uses {
		return refuse(ErrWidened, "uses caveat: more than the one before")
	}
	x.uses = uses
	return nil
}

func (x *examiner) addAgent(value []byte) error {
	var key AgentKey
	if !decodeLowerHex32((*[32]byte)(&key), value) || key.IsZero() {
		return refuse(ErrMalformed, "agent caveat: want an x-only key in 64 lower-case hex digits")
	}
	if !x.agent.IsZero() && key != x.agent {
		return refuse(ErrWidened, "agent caveat: names another agent than the one before")
	}
	x.agent = key
	return nil
}

// decide applies the narrowest caveat of each condition to the need.
func (x *examiner) decide(now int64, g *Grant) error {
	if !x.hasServices {
		return refuse(ErrNotAuthorized, "services caveat: missing, so the token grants no service")
	}
	tier, found := tierOf(x.services, x.need.Service)
	switch {
	case !found:
		return refuse(ErrNotAuthorized, "services caveat: does not list the service %q", x.need.Service)
	case tier < x.need.Tier:
		return refuse(ErrNotAuthorized, "services caveat: grants tier %d, the request needs tier %d", tier, x.need.Tier)
	case x.hasCapabilities && x.need.Capability != "" && !contains(x.capabilities, x.need.Capability):
		return refuse(ErrNotAuthorized, "capabilities caveat: does not list %q", x.need.Capability)
	case x.hasValidUntil && now >= x.validUntil:
		return refuse(ErrExpired, "valid_until caveat: the token ended at Unix time %d", x.validUntil)
	}
	if err := x.decideAgent(); err != nil {
		return err
	}
	g.Service, g.Tier, g.Agent, g.Uses, g.For = x.need.Service, tier, x.agent, max(1, x.uses), x.need.Capability
	g.ExpiresAt = 0
	if x.hasValidUntil {
		g.ExpiresAt = x.validUntil
	}
	return nil
}

// decideAgent holds the binding against the key that the request proved.
func (x *examiner) decideAgent() error {
	switch {
	case x.agent.IsZero() && x.need.RequireAgent:
		return refuse(ErrAgent, "agent caveat: missing, and the request needs a token bound to an agent")
	case x.agent.IsZero() || x.need.AgentLater:
		return nil
	case x.need.Agent.IsZero():
		return refuse(ErrAgent, "agent caveat: binds the token to %s, and the request proves no key; sign it with NIP-98", x.agent)
	case x.agent != x.need.Agent:
		return refuse(ErrAgent, "agent caveat: binds the token to %s, not to %s, who signed the request", x.agent, x.need.Agent)
	}
	return nil
}
