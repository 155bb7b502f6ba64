package constitution

import (
	"crypto/sha256"
	"encoding/json"
	"math"
	"strconv"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// NewestRules is the newest version of the rules that this package knows. The
// constitution says in its member version which one is in force: new economies start
// at the newest, and a proposal raises it (see Amend). What an entry means is told by
// the version in force when it was entered, so a rule changes by asking for
// s.constitution.Version and never otherwise; what it did before stays, for the logs
// that there are. See docs/changing-rules.md.
const NewestRules = 3

// RulesHeaders is the version from which on the log has block headers, and stamps rest on
// them.
const RulesHeaders = 2

// RulesStandings is the version from which on an epoch's root has all figures of an agent.
const RulesStandings = 2

// RulesNodeKey is the version from which on the log names the operator's Lightning node, and
// has of a hold what its invoice and HTLC can be.
const RulesNodeKey = 2

// RulesConfirmed is the version from which on agents confirm that their holds are locked, and
// tracks may count stake for less that nobody confirmed.
const RulesConfirmed = 2

// RulesLogKey is the version from which on the log's key is checked in the genesis, and can be
// handed over to another one.
const RulesLogKey = 2

// RulesKeys is the version from which on an agent's key can be rotated, revoked and recovered.
const RulesKeys = 3

// RulesWallets is the version from which on there are wallets with budgets.
const RulesWallets = 3

// NamesNode tells whether a genesis with this constitution, as strict JSON, names the operator's
// Lightning node; false also where the text is none.
func NamesNode(raw []byte) bool {
	var c map[string]json.RawMessage
	if json.Unmarshal(raw, &c) != nil {
		return false
	}
	version, err := strconv.ParseInt(string(c[VersionMember]), 10, 64)
	return err == nil && version >= RulesNodeKey
}

// KnownRules refuses a version of the rules that came after those known.
func KnownRules(field string, version, newest int64) error {
	if version > newest {
		return refusal.New(refusal.ErrRules, field, "rules-known", "is %d, this program knows the rules up to version %d; a newer one is needed", version, newest)
	}
	return nil
}

// newerVersion refuses a constitution of rules that are not known here, by its version alone:
// its other members may have come with them.
func newerVersion(raw []byte) error {
	var c map[string]json.RawMessage
	if json.Unmarshal(raw, &c) != nil {
		return nil
	}
	version, err := strconv.ParseInt(string(c[VersionMember]), 10, 64)
	if err != nil {
		return nil
	}
	return KnownRules("constitution.version", version, NewestRules)
}

// VersionMember is where the constitution says the version of the rules.
const VersionMember = "version"

// anyVersion is the range in which the version of the rules is not refused as such.
const anyVersion = math.MaxInt64

// Hash is the SHA-256 of the constitution's JSON as the API shows it: members
// in the order of this version of econd, absent ones left out, no space.
func (c *Constitution) Hash() op.Hash { return sha256.Sum256([]byte(op.EncodeContent(c))) }
