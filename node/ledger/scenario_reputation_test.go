package ledger

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/reputation"
)

// Commands of the scenario language about reputation:
//
//	explained NAME CONSUMER:RATING,... ...   what NAME's standing at the last
//	                               epoch rests on; the parts must add up to it
//	history NAME WORD...           zero or positive, the score at each epoch
//	rooted NAME WORD               what the root of the last epoch's entry proves of
//	                               NAME: score or figures (version 2 of the rules)
//	evidence NAME zero|positive COMPLAINTS   NAME's evidence now: of praise, and
//	                               how many whole complaints it has, as a decimal
func init() {
	looks["evidence"] = func(sc *scenario, f []string) string { return sc.evidence(secretOf(f[0]).Public()) }
	looks["explained"] = func(sc *scenario, f []string) string { return sc.explained(secretOf(f[0]).Public()) }
	looks["rooted"] = func(sc *scenario, f []string) string { return sc.rooted(secretOf(f[0]).Public()) }
	looks["history"] = func(sc *scenario, f []string) string { return sc.history(secretOf(f[0]).Public()) }
}

// rate enters a receipt; see the language.
func (sc *scenario) rate(who string, f []string) error {
	text, options := "a service", sc.options(f[4:])
	if name, ok := options["for"]; ok {
		text += " " + op.NameCustomer(secretOf(name).Public())
	}
	preimage := op.Hash(sha256.Sum256([]byte(f[3])))
	return sc.enter(who, op.KindReceipt, op.Receipt{Provider: secretOf(f[0]).Public(), Rating: sc.number(f[2]), Preimage: preimage,
		Invoice: sc.invoiceAt(nodeOf(f[0]), sha256.Sum256(preimage[:]), sc.number(f[1]), sc.issued(options), text)})
}

// issued is when an invoice was, by the option of that name; else now.
func (sc *scenario) issued(options map[string]string) int64 {
	ago, ok := options["issued"]
	if !ok {
		return sc.at.TimeMs
	}
	d, err := time.ParseDuration(ago)
	if err != nil {
		sc.fatalf("%v", err)
	}
	return sc.at.TimeMs - d.Milliseconds()
}

// rooted checks NAME's path to the root that the last epoch's entry states.
func (sc *scenario) rooted(key op.PublicKey) string {
	p, err := sc.s.FindStanding(key)
	if err != nil {
		sc.fatalf("%v", err)
	}
	all, err := sc.s.Standings()
	if err != nil {
		sc.fatalf("%v", err)
	}
	stated, err := sc.log[p.Seq].Event.Decoded()
	if err != nil {
		sc.fatalf("%v", err)
	}
	epoch, path := stated.(*op.Epoch), tlog.RecordProof{}
	if epoch.Number != p.Epoch || epoch.Agents != uint64(p.Size) {
		sc.fatalf("the entry states epoch %d of %d agents, the proof is of %d and %d", epoch.Number, epoch.Agents, p.Epoch, p.Size)
	}
	for _, h := range all.Tree().Path(p.Index) {
		path = append(path, tlog.Hash(h))
	}
	for name, leaf := range map[string][]byte{"score": ScoreLeaf(key, uint64(p.Score)),
		"figures": StandingLeaf(key, reputation.ResultOf(uint64(p.Flow), uint64(p.Positive), uint64(p.Negative)))} {
		if tlog.CheckRecord(path, int64(p.Size), tlog.Hash(epoch.ScoresRoot), int64(p.Index), tlog.RecordHash(leaf)) == nil {
			return name
		}
	}
	return "nothing"
}

// evidence is that of the last epoch and of the receipts since.
func (sc *scenario) evidence(key op.PublicKey) string {
	r, praised := sc.s.scores.book.Result(sc.s.agents.at[key]), "zero"
	if r.Positive > 0 {
		praised = "positive"
	}
	whole := float64(sc.s.constitution.Reputation.NegativeWeight) * float64(reputation.EvidenceOne)
	return fmt.Sprintf("%s %g", praised, float64(r.Negative)/whole)
}

func (sc *scenario) history(key op.PublicKey) string {
	list, _, err := sc.s.ReputationHistory(key, 0, keptEpochs)
	if err != nil {
		sc.fatalf("%v", err)
	}
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = "zero"
		if v.Score > 0 {
			words[i] = "positive"
		}
	}
	return strings.Join(words, " ")
}

// explained names consumers and ratings, read in pages of one receipt.
func (sc *scenario) explained(key op.PublicKey) string {
	standing, err := sc.s.Reputation(key)
	if err != nil {
		sc.fatalf("%v", err)
	}
	evidence, err := sc.s.Evidence(key)
	if err != nil {
		sc.fatalf("%v", err)
	}
	var words []string
	var given, positive, negative op.Weight
	for from, more := uint32(0), true; more; {
		var page []view.Source
		page, from, more = evidence.Sources(from, 1)
		for _, s := range page {
			var ratings []string
			for _, r := range s.Receipts {
				if e := sc.log[r.Seq]; e.Event.Kind != op.KindReceipt || e.Event.PubKey != s.Consumer || e.Stamp.TimeMs != r.TimeMs {
					sc.fatalf("entry %d is not the receipt of %s", r.Seq, s.Consumer)
				}
				ratings = append(ratings, fmt.Sprint(r.Rating))
				positive, negative = positive+r.Positive, negative+r.Negative
			}
			given += s.FlowGiven
			words = append(words, sc.nameOf(s.Consumer)+":"+strings.Join(ratings, ","))
		}
	}
	if positive != standing.Positive || negative != standing.Negative || given > standing.Flow {
		sc.fatalf("the parts give flow %d, positive %d, negative %d of %+v", given, positive, negative, standing)
	}
	return strings.Join(words, " ")
}

// nameOf finds the name of an agent, which it registered under.
func (sc *scenario) nameOf(key op.PublicKey) string {
	a, _ := sc.s.Agent(key)
	return a.Name
}

// digestReputation writes down what the views show of the standings.
func digestReputation(s *State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %d %d\n", len(s.payments.hashes), len(s.payments.claims), s.scores.book.Receipts())
	for i := range s.Agents() {
		key := s.AgentAt(i).PubKey
		fmt.Fprintf(&b, "%+v\n", s.scores.book.Result(slot(i)))
		v, err := s.Reputation(key)
		if err != nil {
			continue
		}
		history, _, _ := s.ReputationHistory(key, 0, keptEpochs)
		evidence, _ := s.Evidence(key)
		sources, _, _ := evidence.Sources(0, 1000)
		fmt.Fprintf(&b, "%+v %+v %+v\n", v, history, sources)
	}
	return b.String()
}
