package ledger

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/econd/econd/node/op"
)

// Words about disputes.
//
//	NAME dispute D P GROUND        the bond's invoice is offered at once
//	NAME appeal X D
//	NAME juror J FIELD...          J is the label of the bond
//	NAME commit D VOTE | NAME reveal D VOTE [SALT]   uphold or refuse
//	NAME leave
//	everybody on D VOTE [but NAME...]   all jurors of the round commit; then
//	opened D VOTE                  they reveal after the commit phase
//	experts FIELD NAME...          register, earn a score by what alice, who has a
//	                               stake, says of them, and lock their bonds, all
//	                               within 8 seconds; the bonds go by bond-NAME
//	praised by NAME DAYS SATS NAME...   who is bound is rated by the first NAME, once a
//	                               day on so many days
//	panel FIELD NAME...            offer themselves and lock their bonds, b-NAME
//	claims N NAME SAT              payout N waits to be claimed by NAME
//	NAME echoes D OTHER            commit what OTHER committed
//	bond X = SAT | undone D = TEXT
//	block N TEXT                   a block of that height whose hash is of TEXT
//	dispute D = STATE | jury D = NAME[*SEATS]... | ruling D = UPHOLD REFUSE ABSENT VERDICT
func init() {
	verbs["dispute"] = func(sc *scenario, who string, f []string) error {
		return sc.request(who, f[0], op.KindDispute, op.Dispute{Proposal: sc.labels[f[1]], Ground: f[2], Text: "see the log"})
	}
	verbs["appeal"] = func(sc *scenario, who string, f []string) error {
		return sc.request(who, f[0], op.KindAppeal, op.Appeal{Dispute: sc.labels[f[1]], Text: "the second log"})
	}
	verbs["juror"] = func(sc *scenario, who string, f []string) error {
		return sc.request(who, f[0], op.KindJuror, op.Juror{Fields: f[1:]})
	}
	verbs["leave"] = func(sc *scenario, who string, _ []string) error {
		return sc.enter(who, op.KindJurorLeave, op.JurorLeave{})
	}
	verbs["commit"] = func(sc *scenario, who string, f []string) error { return sc.commit(who, f[0], f[1]) }
	verbs["reveal"] = func(sc *scenario, who string, f []string) error {
		salt := saltOf(who)
		if len(f) > 2 {
			salt = saltOf(f[2])
		}
		return sc.enter(who, op.KindJuryReveal, op.JuryReveal{Dispute: sc.labels[f[0]], Vote: f[1], Salt: salt})
	}
	facts["everybody"] = func(sc *scenario, f []string) error {
		for _, name := range sc.jury(f[1]) {
			if !strings.Contains(" "+strings.Join(f[3:], " ")+" ", " "+name+" ") {
				if err := sc.commit(name, f[1], f[2]); err != nil {
					return err
				}
			}
		}
		return nil
	}
	facts["opened"] = func(sc *scenario, f []string) error {
		for _, name := range sc.jury(f[0]) {
			if strings.Contains(" "+strings.Join(f[2:], " ")+" ", " "+name+" ") {
				continue
			}
			if err := sc.enter(name, op.KindJuryReveal, op.JuryReveal{Dispute: sc.labels[f[0]], Vote: f[1], Salt: saltOf(name)}); err != nil {
				return err
			}
		}
		return nil
	}
	facts["experts"] = func(sc *scenario, f []string) error {
		for _, name := range f[1:] {
			for _, line := range []string{"agent " + name, name + " bind", "alice rate " + name + " 100 9 for-" + name} {
				sc.command(strings.Fields(line))
			}
		}
		sc.command(strings.Fields("wait 7s"))
		for _, name := range f[1:] {
			sc.command([]string{name, "juror", "bond-" + name, f[0]})
			sc.command([]string{"lock", "bond-" + name})
		}
		sc.command(strings.Fields("wait 1s"))
		return nil
	}
	facts["praised"] = func(sc *scenario, f []string) error {
		for range sc.number(f[2]) {
			for _, name := range f[4:] {
				sc.command([]string{f[1], "rate", name, f[3], "10", fmt.Sprintf("%s-of-%s-at-%d", name, f[1], sc.at.TimeMs)})
			}
			sc.command([]string{"wait", "24h"})
		}
		return nil
	}
	facts["panel"] = func(sc *scenario, f []string) error {
		for _, name := range f[1:] {
			sc.command([]string{name, "juror", "b-" + name, f[0]})
			sc.command([]string{"lock", "b-" + name})
		}
		return nil
	}
	facts["block"] = func(sc *scenario, f []string) error {
		return sc.toHeight(uint32(sc.number(f[0])), uint32(sc.number(f[1])))
	}
	looks["dispute"] = func(sc *scenario, f []string) string {
		return "= " + disputeStates[sc.s.disputes.list[sc.disputeAt(f[0])].state]
	}
	looks["jury"] = func(sc *scenario, f []string) string {
		return strings.TrimSpace("= " + strings.Join(sc.seated(f[0]), " "))
	}
	looks["ruling"] = func(sc *scenario, f []string) string {
		r := sc.s.disputes.list[sc.disputeAt(f[0])].last().ruling
		if r == nil {
			return "= none"
		}
		return fmt.Sprintf("= %d %d %d %s", r.Uphold, r.Refuse, r.Absent, r.Verdict)
	}
}

func init() {
	verbs["echoes"] = func(sc *scenario, who string, f []string) error {
		d := &sc.s.disputes.list[sc.disputeAt(f[0])]
		for _, t := range d.last().seats {
			if sc.s.agents.list[sc.s.jurors.list[t.juror].agent].name == f[1] {
				return sc.enter(who, op.KindJuryCommit, op.JuryCommit{Dispute: d.id, Commitment: t.commit})
			}
		}
		sc.fatalf("%s does not sit", f[1])
		return nil
	}
	looks["bond"] = func(sc *scenario, f []string) string {
		h, _ := sc.s.Hold(sc.labels[f[0]])
		return fmt.Sprint("= ", h.AmountSat)
	}
	looks["undone"] = func(sc *scenario, f []string) string { return "= " + sc.s.disputes.list[sc.disputeAt(f[0])].undoing }
	looks["claims"] = func(sc *scenario, f []string) string {
		v, _ := sc.s.Payout(sc.payout(f[0]))
		a, _ := sc.s.Agent(v.Agent)
		return fmt.Sprint(a.Name, " ", v.AmountSat)
	}
}

func saltOf(name string) op.Hash { return sha256.Sum256([]byte("salt " + name)) }

func (sc *scenario) disputeAt(label string) int {
	d, ok := sc.s.disputes.at[sc.labels[label]]
	if !ok {
		sc.fatalf("no dispute %s", label)
	}
	return d
}

// jury lists the jurors of the present round in the order drawn.
func (sc *scenario) jury(label string) []string {
	sc.enterDue()
	var names []string
	if len(sc.s.disputes.list[sc.disputeAt(label)].rounds) == 0 {
		return nil
	}
	for _, t := range sc.s.disputes.list[sc.disputeAt(label)].last().seats {
		names = append(names, sc.s.agents.list[sc.s.jurors.list[t.juror].agent].name)
	}
	return names
}

// seated lists them with their seats.
func (sc *scenario) seated(label string) []string {
	names := sc.jury(label)
	for i := range names {
		if n := sc.s.disputes.list[sc.disputeAt(label)].last().seats[i].seats; n > 1 {
			names[i] += fmt.Sprint("*", n)
		}
	}
	return names
}

func (sc *scenario) commit(who, label, vote string) error {
	d := sc.disputeAt(label)
	round := int64(len(sc.s.disputes.list[d].rounds) - 1)
	return sc.enter(who, op.KindJuryCommit, op.JuryCommit{Dispute: sc.labels[label],
		Commitment: op.JuryCommitment(sc.labels[label], round, secretOf(who).Public(), vote, saltOf(who))})
}
