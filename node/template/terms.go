package template

import "github.com/econd/econd/node/op"

// Artifact is a model, tool or dataset: a name with a version and, where it can
// be fetched, what its bytes hash to.
type Artifact struct {
	Name    string  `json:"name"`              // see checkName
	Version string  `json:"version"`           // as a name
	SHA256  op.Hash `json:"sha256,omitzero"`   // of its bytes
	URL     string  `json:"url,omitempty"`     // https
	License string  `json:"license,omitempty"` // SPDX identifier
}

// ModelUpgrade replaces the model behind a service.
type ModelUpgrade struct {
	Service   string       `json:"service"`
	Provider  op.PublicKey `json:"provider"`
	From      Artifact     `json:"from"`
	To        Artifact     `json:"to"`
	Rollout   string       `json:"rollout"`    // at-once, staged or shadow
	RollbackS int64        `json:"rollback_s"` // how long the old model stays ready, 0 to a year
}

// ToolAccess lets an agent use a tool.
type ToolAccess struct {
	Agent       op.PublicKey `json:"agent"`
	Tool        Artifact     `json:"tool"`
	Rights      []string     `json:"rights"`        // of read, write, execute
	CallsPerDay int64        `json:"calls_per_day"` // 1 to 10^9
	SatPerDay   int64        `json:"sat_per_day"`   // it may spend, 0 to 21 million bitcoin
	UntilMs     int64        `json:"until_ms"`      // last instant
}

// ScopeChange changes what an agent may do.
type ScopeChange struct {
	Agent   op.PublicKey `json:"agent"`
	Add     []string     `json:"add"`                // names of scopes, at most 32
	Remove  []string     `json:"remove"`             // as Add
	UntilMs int64        `json:"until_ms,omitempty"` // last instant; absent: until changed
}

// TrainingAllocation gives a training run its compute and data.
type TrainingAllocation struct {
	Provider     op.PublicKey `json:"provider"` // of the compute
	Model        Artifact     `json:"model"`    // what is trained
	Datasets     []Artifact   `json:"datasets"` // 1 to 32
	ComputeHours int64        `json:"compute_hours"`
	BudgetSat    int64        `json:"budget_sat"`
	DeadlineMs   int64        `json:"deadline_ms"`
}

// Limits.
const (
	yearS    = 366 * 86400
	maxSat   = 2_100_000_000_000_000
	maxCount = 1_000_000_000
	maxItems = 32
)

// Rollouts and rights that there are.
var (
	rollouts = []string{"at-once", "staged", "shadow"}
	rights   = []string{"read", "write", "execute"}
)

func (t *ModelUpgrade) check(c *checker) {
	c.name("service", t.Service)
	c.artifact("from", t.From)
	c.artifact("to", t.To)
	c.oneOf("rollout", t.Rollout, rollouts)
	c.within("rollback_s", t.RollbackS, 0, yearS)
}

func (t *ToolAccess) check(c *checker) {
	c.artifact("tool", t.Tool)
	c.within("rights", int64(len(t.Rights)), 1, int64(len(rights)))
	c.list("rights", t.Rights, func(field, v string) { c.oneOf(field, v, rights) })
	c.within("calls_per_day", t.CallsPerDay, 1, maxCount)
	c.within("sat_per_day", t.SatPerDay, 0, maxSat)
	c.within("until_ms", t.UntilMs, 1, op.MaxInteger)
}

func (t *ScopeChange) check(c *checker) {
	c.within("add", int64(len(t.Add)), 0, maxItems)
	c.list("add", t.Add, c.name)
	c.within("remove", int64(len(t.Remove)), 0, maxItems)
	c.list("remove", t.Remove, c.name)
	if t.UntilMs != 0 {
		c.within("until_ms", t.UntilMs, 1, op.MaxInteger)
	}
}

func (t *TrainingAllocation) check(c *checker) {
	c.artifact("model", t.Model)
	c.within("datasets", int64(len(t.Datasets)), 1, maxItems)
	for i, d := range t.Datasets {
		c.artifact(index("datasets", i), d)
	}
	c.within("compute_hours", t.ComputeHours, 1, maxCount)
	c.within("budget_sat", t.BudgetSat, 0, maxSat)
	c.within("deadline_ms", t.DeadlineMs, 1, op.MaxInteger)
}
