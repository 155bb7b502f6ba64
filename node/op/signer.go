package op

// Signer is who may sign events of a kind, as far as that can be said without their
// content. The zero value is nobody.
type Signer uint8

// Signers.
const (
	ByOperator   Signer = iota + 1 // of the operator's key: facts
	ByNewcomers                    // any key
	ByAgents                       // agents who have not left
	ByPastAgents                   // agents, also those who left: to get what they are owed, to keep what is bound still
	ByGuardians                    // guardians, the operator, and whom else the rule names: agents or not
	ByReporters                    // keys that an evaluation or the constitution names: agents or not
	ByRecovery                     // the recovery key or a guardian of an agent, or the agent itself
	BySpenders                     // keys that a wallet names, to spend or to approve, and its owner: agents or not
)

// String says who signs, as the end of a sentence.
func (s Signer) String() string {
	return [...]string{"nobody", "the operator", "a key that is no agent's yet", "an agent", "an agent, also one that left",
		"a guardian, an agent or the operator, as the rule allows", "one of the reporters",
		"the recovery key of an agent, one of its guardians, or the agent, as the rule allows", "the owner of the wallet, or a key that it names"}[s]
}

// IsAgent tells whether every such signer is or was an agent.
func (s Signer) IsAgent() bool { return s == ByAgents || s == ByPastAgents }
