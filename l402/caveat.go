package l402

import (
	"strconv"
	"strings"
	"time"
)

// Conditions of the caveats that this package knows. Those that begin with "_"
// follow the name of a service.
const (
	condServices     = "services"
	condAgent        = "agent"
	condPreimage     = "preimage"
	suffCapabilities = "_capabilities"
	suffValidUntil   = "_valid_until"
	suffUses         = "_uses"
)

// maxNameLen bounds names of services and capabilities, in bytes.
const maxNameLen = 64

// Caveat is one restriction of a token: "condition=value". Make the known ones
// with the functions below, which check their arguments.
type Caveat struct {
	Condition string
	Value     string
}

// String returns the text that enters the HMAC chain.
func (c Caveat) String() string { return c.Condition + "=" + c.Value }

// Service is a service and the tier that a token gives of it; a higher tier
// includes the lower ones.
type Service struct {
	Name string
	Tier uint8
}

// checkName refuses a name that could be read as something else inside a
// caveat. A path of a request must never be part of a name unescaped.
func checkName(field, name string) error {
	if len(name) == 0 || len(name) > maxNameLen {
		return refuse(ErrConfig, "%s: want 1 to %d characters, got %d", field, maxNameLen, len(name))
	}
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '-', c == '_', c == '.':
		default:
			return refuse(ErrConfig, "%s: character %d is not a letter, digit, '-', '_' or '.'", field, i)
		}
	}
	return nil
}

// ServicesCaveat limits a token to the given services, at least one.
func ServicesCaveat(services ...Service) (Caveat, error) {
	if len(services) == 0 {
		return Caveat{}, refuse(ErrConfig, "services: want at least one")
	}
	parts := make([]string, 0, len(services))
	for _, s := range services {
		if err := checkName("service", s.Name); err != nil {
			return Caveat{}, err
		}
		parts = append(parts, s.Name+":"+strconv.Itoa(int(s.Tier)))
	}
	return Caveat{Condition: condServices, Value: strings.Join(parts, ",")}, nil
}

// CapabilitiesCaveat limits what a token may do at a service, to at least one
// capability.
func CapabilitiesCaveat(service string, capabilities ...string) (Caveat, error) {
	if err := checkName("service", service); err != nil {
		return Caveat{}, err
	}
	if len(capabilities) == 0 {
		return Caveat{}, refuse(ErrConfig, "capabilities: want at least one")
	}
	for _, c := range capabilities {
		if err := checkName("capability", c); err != nil {
			return Caveat{}, err
		}
	}
	return Caveat{Condition: service + suffCapabilities, Value: strings.Join(capabilities, ",")}, nil
}

// ValidUntilCaveat ends a token's use at a service: it is good while the time
// is before end, in whole seconds; a fraction is rounded down.
func ValidUntilCaveat(service string, end time.Time) (Caveat, error) {
	if err := checkName("service", service); err != nil {
		return Caveat{}, err
	}
	if end.Unix() <= 0 || end.Unix() > maxValidUntil {
		return Caveat{}, refuse(ErrConfig, "end of validity: out of range")
	}
	return Caveat{Condition: service + suffValidUntil, Value: strconv.FormatInt(end.Unix(), 10)}, nil
}

// UsesCaveat limits how often a token is good at a service, in all, to 1 to
// MaxUses times. Who counts is a Balances.
func UsesCaveat(service string, uses int64) (Caveat, error) {
	if err := checkName("service", service); err != nil {
		return Caveat{}, err
	}
	if uses < 1 || uses > MaxUses {
		return Caveat{}, refuse(ErrConfig, "uses: want 1 to %d, got %d", MaxUses, uses)
	}
	return Caveat{Condition: service + suffUses, Value: strconv.FormatInt(uses, 10)}, nil
}

// AgentCaveat binds a token to the agent that holds the key.
func AgentCaveat(agent AgentKey) (Caveat, error) {
	if agent.IsZero() {
		return Caveat{}, refuse(ErrConfig, "agent: the zero key binds to nobody")
	}
	return Caveat{Condition: condAgent, Value: agent.String()}, nil
}
