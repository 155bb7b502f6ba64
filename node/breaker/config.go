package breaker

import "fmt"

// Limits are what one scope may do in the window. Of those that are 0 there is none.
type Limits struct {
	Denials int64 // so many refused requests trip

	Outcomes   int64 // of at least so many payments that ended,
	FailurePPM int64 // more than this share failed, in parts per million

	PaidMsat int64 // of at least so much that was paid,
	FeePPM   int64 // the fees were more than this share of it, in parts per million

	Sends    int64 // more payments than this were sent
	SentMsat int64 // more than this was sent, fee limits included
}

// Config are the thresholds.
type Config struct {
	WindowMs            int64 // in which denials, payments and fees are counted
	HealMs              int64 // how long the cause of a breaker of means must be gone
	Wallet, Agent, Node Limits
}

// Default trips on what no honest use of a budget looks like. The budget's own limits are
// tighter; a node's velocity is for its operator to set.
func Default() Config {
	of := func(times int64) Limits {
		return Limits{Denials: 30 * times, Outcomes: 10 * times, FailurePPM: 500_000, PaidMsat: 1_000_000 * times, FeePPM: 100_000, Sends: 600 * times}
	}
	return Config{WindowMs: 10 * 60_000, HealMs: 30_000, Wallet: of(1), Agent: of(3), Node: of(10)}
}

// MaxKept is how many observations of a wallet, of an agent or of the node are kept; no
// threshold of a number can be above it.
const MaxKept = 10_000

// Validate names the first member that is out of its range.
func (c Config) Validate() error {
	if c.WindowMs < 1 || c.WindowMs > 31*86_400_000 {
		return fmt.Errorf("WindowMs is %d, must be between 1 and %d", c.WindowMs, 31*86_400_000)
	}
	if c.HealMs < 0 || c.HealMs > 86_400_000 {
		return fmt.Errorf("HealMs is %d, must be between 0 and %d", c.HealMs, 86_400_000)
	}
	for _, of := range []struct {
		name string
		l    Limits
	}{{"Wallet", c.Wallet}, {"Agent", c.Agent}, {"Node", c.Node}} {
		for _, m := range []struct {
			name        string
			value, most int64
		}{
			{"Denials", of.l.Denials, MaxKept}, {"Outcomes", of.l.Outcomes, MaxKept}, {"FailurePPM", of.l.FailurePPM, million},
			{"PaidMsat", of.l.PaidMsat, maxMsat}, {"FeePPM", of.l.FeePPM, million}, {"Sends", of.l.Sends, MaxKept - 1}, {"SentMsat", of.l.SentMsat, maxMsat},
		} {
			if m.value < 0 || m.value > m.most {
				return fmt.Errorf("%s.%s is %d, must be between 0 and %d", of.name, m.name, m.value, m.most)
			}
		}
	}
	return nil
}

const (
	million = 1_000_000
	maxMsat = 1 << 53 // the largest amount of a budget
)
