package sim

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/muldiv"
	"github.com/econd/econd/voting"
)

// Load reads a scenario file (YAML or JSON) strictly, fills in every default,
// lays its constitution over the default one, and checks all of it. An error is
// an ErrScenario that names the key and what is allowed.
func Load(file []byte) (*Scenario, error) {
	tree, err := decodeYAML(file)
	if err != nil {
		return nil, err
	}
	base, err := decodeYAML(yamlfile.Default)
	if err != nil {
		return nil, err
	}
	s, err := decodeScenario(tree)
	if err != nil {
		return nil, err
	}
	s.Constitution = merge(base, s.Constitution).(map[string]any)
	if err := s.check(); err != nil {
		return nil, err
	}
	_, err = s.Cells() // every cell must be a valid scenario
	return s, err
}

// Reload reads a scenario as Load resolved it, from its JSON.
func Reload(resolved []byte) (*Scenario, error) {
	tree, err := decodeJSON(resolved)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrScenario, err)
	}
	return reloadTree(tree)
}

func reloadTree(tree any) (*Scenario, error) {
	s, err := decodeScenario(tree)
	if err != nil {
		return nil, err
	}
	return s, s.check()
}

func decodeScenario(tree any) (*Scenario, error) {
	s := new(Scenario)
	return s, assign("", tree, rule{}, reflect.ValueOf(s).Elem())
}

// Constitutional returns the scenario's constitution, as the genesis carries it
// and as the ledger reads it.
func (s *Scenario) Constitutional() (json.RawMessage, *constitution.Constitution, error) {
	raw, err := json.Marshal(s.Constitution)
	if err != nil {
		return nil, nil, err
	}
	c, err := constitution.Decode(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrScenario, err)
	}
	return raw, c, nil
}

// check holds the parts of a scenario against each other.
func (s *Scenario) check() error {
	if !named(s.Name) {
		return invalid("name", "is %q, must have 1 to 40 characters of a-z, 0-9 and '-'", s.Name)
	}
	_, c, err := s.Constitutional()
	if err != nil {
		return err
	}
	if most := maxSpanS / s.StepS; s.Steps > most {
		return invalid("steps", "is %d, must be at most %d with steps of %d s: a scenario lasts at most 100 years", s.Steps, most, s.StepS)
	}
	if err := s.checkReplicates(); err != nil {
		return err
	}
	if err := s.checkPopulations(c); err != nil {
		return err
	}
	if err := s.checkMoney(); err != nil {
		return err
	}
	if err := s.checkEngine(c); err != nil {
		return err
	}
	if err := s.checkProposals(c); err != nil {
		return err
	}
	if err := s.checkReport(); err != nil {
		return err
	}
	if g := s.Guardians; g != nil && g.Threshold > g.Count {
		return invalid("guardians.threshold", "is %d of %d guardians", g.Threshold, g.Count)
	}
	return s.checkAttack()
}

func (s *Scenario) checkPopulations(c *constitution.Constitution) error {
	for i := range s.Populations {
		p, key := &s.Populations[i], fmt.Sprintf("populations[%d]", i)
		if !named(p.Name) || s.population(p.Name) != i {
			return invalid(key+".name", "is %q, must be unique and have 1 to 40 characters of a-z, 0-9 and '-'", p.Name)
		}
		if p.JoinStep >= s.Steps {
			return invalid(key+".join_step", "is %d, must be less than steps, %d", p.JoinStep, s.Steps)
		}
		if p.Sells && p.PriceSat < max(c.Receipts.MinSat, int64(c.Reputation.MinReceiptSats)) {
			return invalid(key+".price_sat", "is %d, the constitution asks for receipts of at least %d", p.PriceSat, max(c.Receipts.MinSat, int64(c.Reputation.MinReceiptSats)))
		}
		if most := c.Stake.MaxSat * c.Stake.MaxPerAgent; p.StakeSat > most {
			return invalid(key+".stake_sat", "is %d, the constitution's stake rules allow at most %d for one agent", p.StakeSat, most)
		}
		for j, from := range p.BuysFrom {
			k := s.population(from)
			if k < 0 || !s.Populations[k].Sells {
				return invalid(fmt.Sprintf("%s.buys_from[%d]", key, j), "is %q, which is no population that sells", from)
			}
		}
	}
	return nil
}

// maxSpanS is the longest scenario, 100 years; maxSat all bitcoin there will be.
const (
	maxSpanS = 100 * 366 * 86_400
	maxSat   = 2_100_000_000_000_000
)

// checkMoney keeps the sum of all sats below what exists, so that no sum of
// stakes or weights overflows.
func (s *Scenario) checkMoney() error {
	left := int64(maxSat)
	if s.Attack != nil {
		left -= s.Attack.BudgetSat
	}
	for i := range s.Populations {
		p := &s.Populations[i]
		each := p.StakeSat + muldiv.Floor(p.StakeSat, p.StakeSpreadPpm, ppm) + p.WalletSat
		if s.Attack != nil && s.Attack.Population == p.Name {
			continue
		}
		if each > left/p.Count {
			return invalid(fmt.Sprintf("populations[%d]", i), "stakes and wallets of the scenario exceed all bitcoin, %d sat", int64(maxSat))
		}
		left -= each * p.Count
	}
	return nil
}

func (s *Scenario) checkProposals(c *constitution.Constitution) error {
	for i := range s.Proposals {
		p, key := &s.Proposals[i], fmt.Sprintf("proposals[%d]", i)
		if !named(p.Name) || slices.IndexFunc(s.Proposals, func(q Proposal) bool { return q.Name == p.Name }) != i {
			return invalid(key+".name", "is %q, must be unique and have 1 to 40 characters of a-z, 0-9 and '-'", p.Name)
		}
		if s.population(p.By) < 0 {
			return invalid(key+".by", "is %q, which is no population; there are %s", p.By, s.populationNames())
		}
		t := c.Track(p.Track)
		if t == nil {
			var names []string
			for i := range c.Tracks {
				names = append(names, c.Tracks[i].Name)
			}
			return invalid(key+".track", "is %q, which is no track of the constitution; it has %s", p.Track, strings.Join(names, ", "))
		}
		if t.VotingPeriodS < s.StepS {
			return invalid(key+".track", "votes on track %s last %d s, less than one step of %d s: nobody could vote", t.Name, t.VotingPeriodS, s.StepS)
		}
		if last := s.lastStep(t); p.Step > last {
			return invalid(key+".step", "is %d, must be at most %d, so that the vote and its timelock end within %d steps", p.Step, last, s.Steps)
		}
	}
	return nil
}

// lastStep is the last step in which a proposal on the track can be made and
// still come to its end within the scenario; negative if there is none.
func (s *Scenario) lastStep(t *voting.Track) int64 {
	life := t.VotingDelayS + t.VotingPeriodS + t.LateQuorumS + t.TimelockS + t.GraceS
	return s.Steps - 1 - life/s.StepS
}

func (s *Scenario) checkAttack() error {
	a := s.Attack
	if a == nil {
		return nil
	}
	if s.population(a.Population) < 0 {
		return invalid("attack.population", "is %q, which is no population; there are %s", a.Population, s.populationNames())
	}
	if !slices.ContainsFunc(s.Proposals, func(p Proposal) bool { return p.Name == a.Proposal }) {
		return invalid("attack.proposal", "is %q, which is no proposal of the scenario", a.Proposal)
	}
	return nil
}

// population returns the index of the population of that name, or -1.
func (s *Scenario) population(name string) int {
	return slices.IndexFunc(s.Populations, func(p Population) bool { return p.Name == name })
}

// populationNames lists the populations for a message.
func (s *Scenario) populationNames() string {
	var names []string
	for i := range s.Populations {
		names = append(names, s.Populations[i].Name)
	}
	return strings.Join(names, ", ")
}

func named(name string) bool {
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return len(name) > 0 && len(name) <= 40
}
