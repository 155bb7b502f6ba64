package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

func newJuror(a *app) *cobra.Command {
	return cli.Group("juror", "Sit on juries: offer yourself, vote unseen, reveal",
		long(locks(a, "join FIELD...", "Offer yourself as juror in fields of expertise; with --pay lock the bond at once", payBond, op.KindJuror,
			func(fields []string) (any, error) { return op.Juror{Fields: fields}, nil }),
			"Offer yourself as juror. You can be drawn, by your reputation, while your bond is",
			"locked. A juror who does not vote, or not as the final ruling, loses its bond."),
		submits(a, "leave", "Withdraw your offer; the bond returns when no dispute binds it", op.KindJurorLeave,
			func([]string) (any, error) { return op.JurorLeave{}, nil }),
		jurorCommit(a), jurorReveal(a), jurorList(a),
		shows(a, "show [AGENT]", "Show an offer to sit on juries; without AGENT, yours", (*app).agentOrSelf, (*client.Client).Juror, nil),
		holdPay(a, "juror's bond"))
}

func jurorCommit(a *app) *cobra.Command {
	return long(command("commit DISPUTE (uphold | refuse)", "Bind yourself to a vote that nobody can read yet", func(ctx context.Context, list []string) error {
		if list[1] != "uphold" && list[1] != "refuse" {
			return cli.Usagef("the vote must be uphold or refuse")
		}
		s, err := a.seat(ctx, list[0])
		if err == nil && !a.dryRun { // which commits to nothing, and keeps no salt
			s.salt, err = a.newSalt(s)
		}
		if err != nil {
			return err
		}
		return a.submitAndPrint(ctx, op.KindJuryCommit, op.JuryCommit{Dispute: s.dispute, Commitment: s.commitment(list[1])},
			"Reveal it when the jurors have committed: econctl juror reveal "+list[0])
	}),
		"Bind yourself to a vote that nobody can read yet. Until the time is over you can",
		"commit anew. Then reveal it, or you lose your bond. What the vote is salted with is kept in",
		"jury-salts.ndjson beside your key: reveal from where that file is.")
}

func jurorReveal(a *app) *cobra.Command {
	return command("reveal DISPUTE", "Reveal the vote that you committed to", func(ctx context.Context, list []string) error {
		s, err := a.seat(ctx, list[0])
		if err != nil {
			return err
		}
		vote, err := a.committedVote(&s)
		if err != nil {
			return err
		}
		return a.submitAndPrint(ctx, op.KindJuryReveal, op.JuryReveal{Dispute: s.dispute, Vote: vote, Salt: s.salt}, "vote "+vote)
	})
}

// seat is the caller's in the present round of a dispute.
type seat struct {
	dispute   op.ID
	round     int64
	key       op.PublicKey
	salt      op.Hash // that is committed to or revealed
	committed op.Hash // as econd shows it; zero for none
}

// seat looks up the present round of a dispute.
func (a *app) seat(ctx context.Context, text string) (seat, error) {
	id, err := parseID("DISPUTE", text)
	if err != nil {
		return seat{}, err
	}
	self, err := a.self()
	if err != nil {
		return seat{}, err
	}
	d, err := a.econd.Dispute(id).Get(ctx)
	if err != nil {
		return seat{}, err
	}
	if len(d.Rounds) == 0 {
		return seat{}, fmt.Errorf("dispute %s has no jury: it is %s", id, oneLine(d.State))
	}
	last := d.Rounds[len(d.Rounds)-1]
	round := int64(last.Round)
	s := seat{dispute: id, round: round, key: self}
	for _, j := range last.Jurors {
		if j.PubKey == s.key {
			s.committed = j.Commitment
			return s, nil
		}
	}
	return seat{}, fmt.Errorf("you have no seat in round %d of dispute %s; see econctl juror show", round, id)
}

func (s seat) commitment(vote string) op.Hash {
	return op.JuryCommitment(s.dispute, s.round, s.key, vote, s.salt)
}

func jurorList(a *app) *cobra.Command {
	var f client.JurorsFilter
	c := lists(a, "list", "List offers to sit on juries, in order of entry", filtered((*client.Client).Jurors, &f),
		table[view.Juror]{"JUROR\tSTATE\tBOND SAT\tSCORE\tFIELDS", func(j view.Juror) string {
			return cells(j.PubKey, j.State, j.BondSat, share(j.Score), strings.Join(j.Fields, ","))
		}})
	c.Flags().StringVar(&f.Field, "field", "", "only those in this field of expertise")
	c.Flags().StringVar(&f.State, "state", "", "only unbonded, ready, seated, leaving or gone ones")
	return c
}
