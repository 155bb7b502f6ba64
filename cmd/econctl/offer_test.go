package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/offer/offertest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
	"github.com/econd/econd/node/wallet"
)

// A man in the middle, or econd itself, gets no sats for what no log offers, at none of
// the doors that pay.
func TestEveryDoorThatPaysWantsAnOffer(t *testing.T) {
	stranger := offertest.NodeKey("stranger")
	sat := func(invoice string) int64 {
		price, err := wallet.ReadInvoice(invoice)
		require.NoError(t, err)
		return price.Sat
	}
	foreign := func(s *econd, hold op.ID, hash op.Hash, invoice string) string {
		return s.book.Invoice(stranger, hold, hash, sat(invoice), time.Now().Unix())
	}
	lies := map[string]struct {
		says string
		lie  func(s *econd) func(op.ID, op.Hash, string) string
	}{
		"an invoice that the log does not offer": {"of its log", func(s *econd) func(op.ID, op.Hash, string) string {
			return func(hold op.ID, hash op.Hash, invoice string) string { return foreign(s, hold, hash, invoice) }
		}},
		"another node's, in the log": {"signed it, the node of this economy is", func(s *econd) func(op.ID, op.Hash, string) string {
			return func(hold op.ID, hash op.Hash, invoice string) string {
				invoice = foreign(s, hold, hash, invoice)
				s.at[hold.String()] = s.book.Offer(hold, hash, invoice)
				return invoice
			}
		}},
		"a log under a key of its own": {"not proved to offer it", func(s *econd) func(op.ID, op.Hash, string) string {
			return func(hold op.ID, hash op.Hash, invoice string) string {
				s.book = offertest.New(s.t, economy, "stranger", true)
				invoice = foreign(s, hold, hash, invoice)
				s.at[hold.String()] = s.book.Offer(hold, hash, invoice)
				return invoice
			}
		}},
		"another history than it showed before": {"another history of the log", func(s *econd) func(op.ID, op.Hash, string) string {
			return func(hold op.ID, hash op.Hash, invoice string) string {
				s.book = offertest.New(s.t, economy, "operator", true)
				for range 9 {
					s.book.Add(s.book.Operator(), op.KindEpoch, op.Epoch{})
				}
				s.at[hold.String()] = s.book.Offer(hold, hash, invoice)
				return invoice
			}
		}},
	}
	doors := []string{"stake lock 5000 --pay", "renew HOLD --pay", "pool deposit reserve 5000 --pay", "juror join models --pay",
		"dispute open " + proposalID + " --ground harm --text x --pay", "dispute appeal " + proposalID + " --text x --pay",
		`propose --track price --title x --action {"type":"set-price","resource":"operations","sat":1,"expect_sat":0} --pay`}
	for name, c := range lies {
		for _, door := range doors {
			s := newEcond(t)
			g := newAgent(t, s)
			first := g.json("stake", "lock", "10", "--pay")["id"].(string)
			s.lie = c.lie(s)
			o := g.run(append(strings.Fields(strings.Replace(door, "HOLD", first, 1)), "--max-sats", "5000")...)
			require.Equal(t, exitAlarm, o.code, "%s: %s", name, door)
			require.Contains(t, o.err, "not paid", "%s: %s", name, door)
			require.Contains(t, o.err, c.says, "%s: %s", name, door)
			require.Equal(t, 1, s.node.started, "%s: %s", name, door)
			s.lie = nil
			o = g.run("stake", "pay", s.last().ID.String(), "--max-sats", "5000")
			require.Equal(t, exitAlarm, o.code, "%s: stake pay: %s", name, o.out)
			require.Equal(t, 1, s.node.started)
		}
	}
}

// stake keep pays no renewal that the log does not offer.
func TestKeepWantsAnOffer(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	s.height = 500
	g.json("stake", "lock", "5000", "--pay")
	s.height = 607
	s.lie = func(hold op.ID, hash op.Hash, _ string) string {
		return s.book.Invoice(offertest.NodeKey("stranger"), hold, hash, 5000, time.Now().Unix())
	}
	o := g.run("stake", "keep", "--once")
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.out, "econd shows another one than entry 2 of its log")
	require.Equal(t, 1, s.node.started)
}

// What the operator signed is kept, right or wrong: the offer that is paid for, the fact
// with another node's invoice, two heads that contradict each other.
func TestOffersAreKept(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	kept := func(name string) (list []promise.Kept) {
		raw, err := os.ReadFile(filepath.Join(g.dir, name))
		require.NoError(t, err)
		for _, line := range bytes.Split(bytes.TrimSpace(raw), []byte("\n")) {
			k, e, err := promise.ParseKept(line)
			require.NoError(t, err)
			_, err = k.Open(e, s.book.Verifier())
			require.NoError(t, err)
			list = append(list, k)
		}
		return list
	}
	g.json("stake", "lock", "10", "--pay")
	require.Len(t, kept(answersFile), 1)
	var invoice string
	s.lie = func(hold op.ID, hash op.Hash, _ string) string {
		invoice = s.book.Invoice(offertest.NodeKey("stranger"), hold, hash, 5000, time.Now().Unix())
		s.at[hold.String()] = s.book.Offer(hold, hash, invoice)
		return invoice
	}
	require.Equal(t, exitAlarm, g.run("stake", "lock", "5000", "--pay").code)
	wrong := kept(wrongFile)
	require.Len(t, wrong, 1)
	require.Contains(t, string(wrong[0].Event), invoice)

	s.lie = func(hold op.ID, hash op.Hash, invoice string) string {
		s.book = offertest.New(t, economy, "operator", true)
		s.at[hold.String()] = s.book.Offer(hold, hash, invoice)
		return invoice
	}
	o := g.run("stake", "lock", "5000", "--pay")
	require.Contains(t, o.err, "econaudit equivocation "+filepath.Join(g.dir, "head-"))
	require.Equal(t, exitOK, g.run("stake", "pay", s.last().ID.String(), "--max-sats", "5000", "--forget-head").code)
	s.lie = nil
	require.Equal(t, exitOK, g.run("stake", "lock", "11", "--pay").code, "the new head is known")
	heads, err := filepath.Glob(filepath.Join(g.dir, "head-*.checkpoint"))
	require.NoError(t, err)
	require.Len(t, heads, 2)
}

// The key of the log is taken once, and said; another one later is another log, unless it
// is given.
func TestTheLogsKeyIsPinned(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	o := g.run("register", "--name", "Ada")
	require.Equal(t, exitOK, o.code, o.err)
	require.Contains(t, o.err, "first contact with economy "+economy)
	require.Contains(t, o.err, s.book.VerifierKey())
	require.NotContains(t, g.run("vote", proposalID, "for").err, "first contact")

	old := s.book
	s.book = offertest.New(t, economy, "stranger", true)
	before := len(s.events)
	o = g.run("vote", proposalID, "against")
	require.Equal(t, exitAlarm, o.code)
	require.Contains(t, o.err, "it is another log, or its key was changed")
	require.Contains(t, o.err, filepath.Join(g.dir, logsFile))
	require.Len(t, s.events, before, "nothing is signed for it")
	require.Equal(t, exitOK, g.run("--log-key", s.book.VerifierKey(), "vote", proposalID, "against").code)
	require.Equal(t, exitOK, g.run("vote", proposalID, "for").code, "what was given is known")

	s.book = old
	other := newAgent(t, s)
	require.Equal(t, exitAlarm, other.run("--log-key", offertest.New(t, economy, "stranger", true).VerifierKey(), "register", "--name", "Eve").code)
	require.NoFileExists(t, filepath.Join(other.dir, logsFile))
	require.Equal(t, exitUsage, other.run("--log-key", "x", "register").code)
}

// By version 1 of the rules no entry names the node: said once it is paid, and another
// node's invoice is refused from then on.
func TestPayingWhereTheGenesisNamesNoNode(t *testing.T) {
	s := newEcond(t)
	s.book = offertest.New(t, economy, "operator", false)
	g := newAgent(t, s)
	o := g.run("stake", "lock", "10", "--pay")
	require.Equal(t, exitOK, o.code, o.err)
	require.Contains(t, o.err, "Whose node that is no entry says")
	s.lie = func(hold op.ID, hash op.Hash, _ string) string {
		invoice := s.book.Invoice(offertest.NodeKey("stranger"), hold, hash, 5000, time.Now().Unix())
		s.at[hold.String()] = s.book.Offer(hold, hash, invoice)
		return invoice
	}
	o = g.run("stake", "lock", "5000", "--pay")
	require.Equal(t, exitAlarm, o.code)
	require.Contains(t, o.err, "the invoice is another node's")
	require.Equal(t, 1, s.node.started)
}

// What is known and cannot be read lets nothing be signed; a proof that cannot be kept is not paid for.
func TestNothingIsPaidThatCannotBeKept(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	require.NoError(t, os.Mkdir(filepath.Join(g.dir, logsFile), 0o700))
	o := g.run("register", "--name", "Ada")
	require.Equal(t, exitFailed, o.code, "what is there cannot be read")
	require.NoError(t, os.Remove(filepath.Join(g.dir, logsFile)))
	require.NoError(t, os.Mkdir(filepath.Join(g.dir, answersFile), 0o700))
	o = g.run("stake", "lock", "10", "--pay")
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.err, "is not kept, so nothing is paid")
	require.Zero(t, s.node.started)
}
