package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lightningnetwork/lnd/lnrpc"

	"github.com/econd/econd/node/view"
)

// The two calls whose answers are withheld while econd is killed.
const (
	methodSettle  = "/invoicesrpc.Invoices/SettleInvoice"
	methodPublish = "/walletrpc.WalletKit/PublishTransaction"
)

// crash kills econd with SIGKILL after LND acted and before econd knew it.
func (s *story) crash(ctx context.Context) error {
	if err := s.crashAtSettle(ctx); err != nil {
		return err
	}
	return s.crashAtPublish(ctx)
}

// killAt waits until LND has carried out the call whose answer is withheld,
// kills econd, keeps the checkpoint from before, and starts econd again.
func (s *story) killAt(ctx context.Context, answered <-chan struct{}, what string) error {
	select {
	case <-answered:
	case <-time.After(time.Minute):
		return fmt.Errorf("econd never called LND to have %s", what)
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := s.ctl(ctx, s.ops, new(any), "checkpoint", "--out", s.path("before-"+what+".txt")); err != nil {
		return err
	}
	s.econd.Kill()
	s.tap.Release()
	s.out.ok("%s at LND, not recorded: econd killed with SIGKILL", what)
	return s.startEcond(ctx)
}

// sameHead checks that the log after the crash extends the log before it.
func (s *story) sameHead(ctx context.Context, what string) error {
	if err := s.ctl(ctx, s.ops, new(any), "export", "--out", s.path("after-"+what+".log")); err != nil {
		return err
	}
	out, err := s.run(ctx, "econaudit", "replay", s.path("after-"+what+".log"), "--checkpoint", s.path("before-"+what+".txt"))
	if err != nil {
		return err
	}
	s.out.ok("the log replays and extends the checkpoint from before the kill: %s", firstLine(string(out)))
	return nil
}

func (s *story) crashAtSettle(ctx context.Context) error {
	if err := s.ctl(ctx, s.provider, new(done), "stake", "lock", "20000", "--pay"); err != nil {
		return err
	}
	third, err := s.pricing(ctx, s.provider, "Operations at 900 sat", 25, 900)
	if err != nil {
		return err
	}
	if err := s.pass(ctx, third.ID, s.provider); err != nil {
		return err
	}
	answered := s.tap.Withhold(methodSettle)
	if err := s.ctl(ctx, s.ops, new(done), "admin", "veto", third.ID.String(), "--reason", "the same again"); err != nil {
		return err
	}
	if err := s.killAt(ctx, answered, "settled"); err != nil {
		return err
	}
	if err := s.untilHold(ctx, third.ID, "forfeited"); err != nil {
		return err
	}
	if err := s.paymentIs(ctx, s.provider, *third.Hold.PaymentHash, lnrpc.Payment_SUCCEEDED); err != nil {
		return err
	}
	info, err := s.api.Info().Get(ctx)
	if err != nil {
		return err
	}
	var total int64
	for _, p := range info.Pools {
		total += p.Sat
	}
	want := s.second.Hold.AmountSat + third.Hold.AmountSat
	if err := holds(total == want, "the pools hold %d sat after two forfeitures of %d in all", total, want); err != nil {
		return err
	}
	s.out.ok("started again: the forfeiture is recorded once, the pools hold %d sat", total)
	return s.sameHead(ctx, "settled")
}

func (s *story) crashAtPublish(ctx context.Context) error {
	answered := s.tap.Withhold(methodPublish)
	if err := s.ctl(ctx, s.ops, new(map[string]bool), "admin", "anchor"); err != nil {
		return err
	}
	if err := s.killAt(ctx, answered, "published"); err != nil {
		return err
	}
	a, err := s.untilAnchor(ctx, 2, view.AnchorPending)
	if err != nil {
		return err
	}
	waiting, err := s.net.Mempool(ctx)
	if err != nil {
		return err
	}
	if err := holds(len(waiting) == 1 && waiting[0] == a.Txid.String(), "the mempool holds %v, the log says %s", waiting, a.Txid); err != nil {
		return err
	}
	if _, err := s.net.Mine(ctx, anchorBlocks); err != nil {
		return err
	}
	if a, err = s.untilAnchor(ctx, 2, view.AnchorFinal); err != nil {
		return err
	}
	list, err := s.anchors(ctx)
	if err != nil {
		return err
	}
	s.out.ok("started again: one transaction, %s..., recorded once and final", a.Txid.String()[:16])
	if err := holds(len(list) == 2, "%d anchors on record, want 2", len(list)); err != nil {
		return err
	}
	if err := s.inLine(ctx, list); err != nil {
		return err
	}
	return s.sameHead(ctx, "published")
}

// inLine checks that the second anchor spends the first one's change.
func (s *story) inLine(ctx context.Context, list []view.Anchor) error {
	var tx struct{ Vin []struct{ Txid string } }
	if err := s.net.ChainRPC(ctx, &tx, "getrawtransaction", list[1].Txid.String(), 1); err != nil {
		return err
	}
	var spends []string
	for _, in := range tx.Vin {
		spends = append(spends, in.Txid)
	}
	s.out.ok("the second anchor spends the first one's output: one line of anchors")
	return holds(strings.Contains(strings.Join(spends, " "), list[0].Txid.String()), "anchor 2 spends %v, not anchor 1, %s", spends, list[0].Txid.String())
}
