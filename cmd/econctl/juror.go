package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
)

func newJuror(a *app) *cobra.Command {
	return cli.Group("juror", "Sit on juries: offer yourself, vote unseen, reveal",
		jurorJoin(a), jurorLeave(a), jurorCommit(a), jurorReveal(a), jurorList(a), jurorShow(a), holdPay(a, "juror's bond"))
}

func jurorJoin(a *app) *cobra.Command {
	var pay bool
	c := &cobra.Command{
		Use:   "join FIELD...",
		Short: "Offer yourself as juror in fields of expertise; with --pay lock the bond at once",
		Long: "Offer yourself as juror. You can be drawn, by your reputation, while your bond is\n" +
			"locked. A juror who does not vote, or not as the final ruling, loses its bond.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, fields []string) error {
			d, err := a.submit(c.Context(), op.KindJuror, op.Juror{Fields: fields})
			if err != nil {
				return err
			}
			return a.reportHold(c.Context(), d, pay, 0)
		},
	}
	c.Flags().BoolVar(&pay, "pay", false, "pay the bond's hold invoice through your LND")
	return c
}

func jurorLeave(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "leave",
		Short: "Withdraw your offer; the bond returns when no dispute binds it",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			d, err := a.submit(c.Context(), op.KindJurorLeave, op.JurorLeave{})
			if err != nil {
				return err
			}
			return a.print(d, d.line())
		},
	}
}

func jurorCommit(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "commit DISPUTE (uphold | refuse)",
		Short: "Bind yourself to a vote that nobody can read yet",
		Long: "Bind yourself to a vote that nobody can read yet. Until the time is over you can\n" +
			"commit anew. Then reveal it, or you lose your bond. Nothing has to be kept: the salt\n" +
			"follows from your key.",
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, list []string) error {
			if list[1] != "uphold" && list[1] != "refuse" {
				return cli.Usagef("the vote must be uphold or refuse")
			}
			s, err := a.seat(c.Context(), list[0])
			if err != nil {
				return err
			}
			d, err := a.submit(c.Context(), op.KindJuryCommit, op.JuryCommit{Dispute: s.dispute, Commitment: s.commitment(list[1])})
			if err != nil {
				return err
			}
			return a.print(d, d.line()+"Reveal it when the jurors have committed: econctl juror reveal "+list[0]+"\n")
		},
	}
}

func jurorReveal(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "reveal DISPUTE",
		Short: "Reveal the vote that you committed to",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			s, err := a.seat(c.Context(), list[0])
			if err != nil {
				return err
			}
			vote, err := s.vote()
			if err != nil {
				return err
			}
			d, err := a.submit(c.Context(), op.KindJuryReveal, op.JuryReveal{Dispute: s.dispute, Vote: vote, Salt: s.salt})
			if err != nil {
				return err
			}
			return a.print(d, d.line()+"vote "+vote+"\n")
		},
	}
}

// seat is the caller's in the present round of a dispute.
type seat struct {
	dispute   op.ID
	round     int64
	key       op.PublicKey
	salt      op.Hash
	committed string // as econd shows it
}

// seat looks up the present round of a dispute.
func (a *app) seat(ctx context.Context, text string) (seat, error) {
	id, err := parseID("DISPUTE", text)
	if err != nil {
		return seat{}, err
	}
	key, err := a.key()
	if err != nil {
		return seat{}, err
	}
	var d disputeShown
	if _, err := a.get(ctx, "/v1/disputes/"+id.String(), nil, &d); err != nil {
		return seat{}, err
	}
	if len(d.Rounds) == 0 {
		return seat{}, fmt.Errorf("dispute %s has no jury: it is %s", id, oneLine(d.State))
	}
	last := d.Rounds[len(d.Rounds)-1]
	s := seat{dispute: id, round: last.Round, key: key.Public(), salt: jurySalt(key, id, last.Round)}
	for _, j := range last.Jurors {
		if j.PubKey == s.key.String() {
			s.committed = j.Commitment
			return s, nil
		}
	}
	return seat{}, fmt.Errorf("you have no seat in round %d of dispute %s; see econctl juror show", last.Round, id)
}

// jurySalt derives the salt of a commitment from the secret key, so that a vote
// can be revealed from anywhere and nothing is lost between the two.
func jurySalt(key op.SecretKey, dispute op.ID, round int64) op.Hash {
	mac := hmac.New(sha256.New, key.Bytes())
	fmt.Fprintf(mac, "econd/jury-salt %s %d", dispute, round)
	return op.Hash(mac.Sum(nil))
}

func (s seat) commitment(vote string) op.Hash {
	return op.JuryCommitment(s.dispute, s.round, s.key, vote, s.salt)
}

// vote finds what was committed to.
func (s seat) vote() (string, error) {
	for _, v := range []string{"uphold", "refuse"} {
		if s.committed == s.commitment(v).String() {
			return v, nil
		}
	}
	if s.committed == "" {
		return "", fmt.Errorf("you have not committed to a vote in round %d; while there is time: econctl juror commit %s", s.round, s.dispute)
	}
	return "", fmt.Errorf("your commitment in round %d was not made by econctl with this key; reveal it with what made it", s.round)
}

func jurorList(a *app) *cobra.Command {
	type juror struct {
		PubKey  string   `json:"pubkey"`
		Fields  []string `json:"fields"`
		State   string   `json:"state"`
		BondSat int64    `json:"bond_sat"`
		Score   string   `json:"score"`
	}
	var field, state string
	var limit int
	c := &cobra.Command{
		Use:   "list",
		Short: "List offers to sit on juries, in order of entry",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			q := url.Values{}
			if field != "" {
				q.Set("field", field)
			}
			if state != "" {
				q.Set("state", state)
			}
			return showList(a, c, "/v1/jurors", q, limit, "JUROR\tSTATE\tBOND SAT\tSCORE\tFIELDS", func(j juror) string {
				return fmt.Sprintf("%s\t%s\t%d\t%s\t%s", oneLine(j.PubKey), oneLine(j.State), j.BondSat, share(j.Score), oneLine(strings.Join(j.Fields, ",")))
			})
		},
	}
	c.Flags().StringVar(&field, "field", "", "only those in this field of expertise")
	c.Flags().StringVar(&state, "state", "", "only unbonded, ready, seated, leaving or gone ones")
	limitVar(c, &limit, "at most this many; 0 for all")
	return readsState(a, c)
}

func jurorShow(a *app) *cobra.Command {
	return readsState(a, &cobra.Command{
		Use:   "show [AGENT]",
		Short: "Show an offer to sit on juries; without AGENT, yours",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			who, err := a.agentOrSelf(list)
			if err != nil {
				return err
			}
			return a.showRaw(c, "/v1/jurors/"+who.String())
		},
	})
}
