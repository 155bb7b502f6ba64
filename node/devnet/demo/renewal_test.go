package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lightningnetwork/lnd/lnrpc"

	"github.com/econd/econd/node/keeper"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

const keptSat = 20_000

// keeping is a stake that econctl stake keep renews, and what becomes of it.
type keeping struct {
	*story
	line []view.Hold // the stake and what took its place, in order
	loop *exec.Cmd
	said string // file of what the loops said, one line of JSON for each event

	paid, peers int64 // before the stake; see spent
}

// A stake is kept over three renewals by econctl stake keep, while the keeper and
// econd are killed in between. At every entry of the log its weight is the same,
// each renewal is paid once, and the sats come back.
func TestStakeKeptAcrossKills(t *testing.T) {
	ctx, e := start(t, 8*time.Minute)
	k := &keeping{story: &story{economy: e}}
	k.said = filepath.Join(e.net.Dir, "keep.out")
	defer k.kill()
	for _, step := range []func(context.Context) error{k.register, k.begin,
		k.renewOnce, k.renewAcrossKillOfTheKeeper, k.renewAcrossKillOfEcond, k.paidOnce, k.weightAtEveryEntry, k.audited, k.back} {
		if err := step(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

func (k *keeping) last() *view.Hold { return &k.line[len(k.line)-1] }

// listed is econctl stake list.
func (k *keeping) listed(ctx context.Context) ([]view.Hold, error) {
	var page struct{ Items []view.Hold }
	err := k.ctl(ctx, k.consumer, &page, "stake", "list")
	return page.Items, err
}

func (k *keeping) begin(ctx context.Context) error {
	if err := k.quiet(ctx); err != nil {
		return err
	}
	var err error
	if k.paid, k.peers, _, err = k.spent(ctx); err != nil {
		return err
	}
	var d done
	if err := k.ctl(ctx, k.consumer, &d, "stake", "lock", fmt.Sprint(keptSat), "--pay"); err != nil {
		return err
	}
	list, err := k.listed(ctx)
	if err != nil {
		return err
	}
	k.line = list
	return holds(len(list) == 1 && list[0].ID == d.ID && list[0].Renewal != (view.Renewal{}), "stake list shows %+v", list)
}

// untilDue mines until the last hold is due, whatever its part of the time that is
// left for renewing is, and econd knows. No entry has to come for that.
func (k *keeping) untilDue(ctx context.Context) error {
	height, err := k.net.BlockHeight(ctx)
	if err != nil {
		return err
	}
	r := k.last().Renewal
	due := r.DueHeight + (r.EndHeight-r.DueHeight)/4
	if _, err := k.net.Mine(ctx, int(int64(due)-height)); err != nil {
		return err
	}
	return until(ctx, "econd knows the blocks", func() (bool, error) {
		page, err := k.api.Stakes(k.consumer.pubkey).Page(ctx, "", 0)
		return page.Answer.Height >= due, err
	})
}

// keep starts econctl stake keep.
func (k *keeping) keep(args ...string) error {
	out, err := os.OpenFile(k.said, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	k.loop = exec.Command(filepath.Join(k.bin, "econctl"), k.ctlArgs(k.consumer, append([]string{"stake", "keep", "--every", "1s", "--budget", "100"}, args...))...)
	k.loop.Stdout, k.loop.Stderr = out, out
	return k.loop.Start()
}

// kill ends the loop with SIGKILL.
func (k *keeping) kill() {
	if k.loop != nil && k.loop.ProcessState == nil {
		_ = k.loop.Process.Kill()
		_ = k.loop.Wait()
	}
}

// untilRenewed waits until another hold took the place of the last one, which is
// cancelled, and checks that the keeper's node has its sats back.
func (k *keeping) untilRenewed(ctx context.Context) error {
	old := *k.last()
	err := until(ctx, "the stake is renewed", func() (bool, error) {
		list, err := k.listed(ctx)
		if err != nil || len(list) != 1 || list[0].State != "locked" || list[0].Renews != old.ID {
			return false, err
		}
		k.line = append(k.line, list[0])
		return true, nil
	})
	if err != nil {
		said, _ := os.ReadFile(k.said)
		return fmt.Errorf("%w\nthe keeper said:\n%s", err, said)
	}
	if err := k.untilHold(ctx, old.ID, "released"); err != nil {
		return err
	}
	if err := k.paymentIs(ctx, k.consumer, *old.PaymentHash, lnrpc.Payment_FAILED); err != nil {
		return err
	}
	k.out.ok("renewal %d: locked until %d, the hold before it is cancelled", len(k.line)-1, k.last().Renewal.EndHeight)
	return k.paymentIs(ctx, k.consumer, *k.last().PaymentHash, lnrpc.Payment_IN_FLIGHT)
}

// renewOnce is what a timer does: nothing while nothing is due, then one renewal.
func (k *keeping) renewOnce(ctx context.Context) error {
	once := k.ctlArgs(k.consumer, []string{"stake", "keep", "--once"})
	out, err := k.run(ctx, "econctl", once...)
	if err != nil {
		return err
	}
	if err := holds(bytes.Count(out, []byte("\n")) == 1 && bytes.Contains(out, []byte(`"what":"waiting"`)), "keep --once said %s", out); err != nil {
		return err
	}
	if err := k.untilDue(ctx); err != nil {
		return err
	}
	if out, err = k.run(ctx, "econctl", once...); err != nil {
		return err
	}
	if err := holds(bytes.Contains(out, []byte(`"what":"renewed"`)), "keep --once said %s", out); err != nil {
		return err
	}
	return k.untilRenewed(ctx)
}

// renewAcrossKillOfTheKeeper kills the loop once its node has taken the payment;
// another one goes on.
func (k *keeping) renewAcrossKillOfTheKeeper(ctx context.Context) error {
	if err := k.keep(); err != nil {
		return err
	}
	if err := k.untilDue(ctx); err != nil {
		return err
	}
	if err := k.untilSaid(ctx, keeper.Paying, 1); err != nil {
		return err
	}
	k.kill()
	if err := k.keep(); err != nil {
		return err
	}
	return k.untilRenewed(ctx)
}

// renewAcrossKillOfEcond kills econd when the payment is on its way; the loop
// outlives it.
func (k *keeping) renewAcrossKillOfEcond(ctx context.Context) error {
	if err := k.untilDue(ctx); err != nil {
		return err
	}
	if err := k.untilSaid(ctx, keeper.Paying, 2); err != nil {
		return err
	}
	k.econd.Kill()
	if err := k.startEcond(ctx); err != nil {
		return err
	}
	if err := k.untilRenewed(ctx); err != nil {
		return err
	}
	return holds(k.loop.ProcessState == nil, "the keeper ended")
}

// untilSaid waits until the loops said something so many times.
func (k *keeping) untilSaid(ctx context.Context, what keeper.What, n int) error {
	return until(ctx, fmt.Sprintf("the keeper said %s %d times", what, n), func() (bool, error) {
		said, err := os.ReadFile(k.said)
		return strings.Count(string(said), fmt.Sprintf(`"what":%q`, what)) >= n, err
	})
}

// paidOnce checks the keeper's node: each hold was paid by one HTLC that counts,
// all but the last one came back, and so much is locked as the last one asks for, once
// nothing else is on its way: the keeper pays for its confirmation, too.
func (k *keeping) paidOnce(ctx context.Context) error {
	node := lnrpc.NewLightningClient(k.consumer.lnd.Conn())
	var state map[string][]lnrpc.Payment_PaymentStatus
	var locked int64
	if err := until(ctx, "the hold alone is in flight", func() (bool, error) {
		list, err := node.ListPayments(ctx, &lnrpc.ListPaymentsRequest{IncludeIncomplete: true, MaxPayments: 1000})
		if err != nil {
			return false, err
		}
		state, locked = map[string][]lnrpc.Payment_PaymentStatus{}, 0
		for _, p := range list.Payments {
			state[p.PaymentHash] = append(state[p.PaymentHash], p.Status)
			if p.Status == lnrpc.Payment_IN_FLIGHT {
				locked += p.ValueSat
			}
		}
		return locked == keptSat, nil
	}); err != nil {
		return fmt.Errorf("%w: %d sat are", err, locked)
	}
	for i, h := range k.line {
		want := lnrpc.Payment_FAILED
		if i == len(k.line)-1 {
			want = lnrpc.Payment_IN_FLIGHT
		}
		if err := holds(len(state[h.PaymentHash.String()]) == 1 && state[h.PaymentHash.String()][0] == want, "the payments of hold %d are %v", i, state[h.PaymentHash.String()]); err != nil {
			return err
		}
	}
	_, _, unsettled, err := k.spent(ctx)
	if err != nil {
		return err
	}
	k.out.ok("%d holds, each paid once; %d sat are in flight", len(k.line), locked)
	return holds(len(k.line) == 4 && locked == keptSat && unsettled == keptSat,
		"%d holds, payments in flight over %d sat, unsettled %d sat", len(k.line), locked, unsettled)
}

// weightAtEveryEntry asks econd for the stake as of each entry since it was locked:
// what counts neither dips nor doubles.
func (k *keeping) weightAtEveryEntry(ctx context.Context) error {
	info, err := k.api.Info().Get(ctx)
	if err != nil {
		return err
	}
	locked, moved := false, 0
	before := op.ID{}
	for seq := uint64(1); seq < info.Size; seq++ {
		past := k.api.At(seq)
		agent, err := past.Agent(k.consumer.pubkey).Get(ctx)
		if err != nil {
			if locked {
				return err
			}
			continue // not registered yet
		}
		page, err := past.Stakes(k.consumer.pubkey).Page(ctx, "", 0)
		if err != nil {
			return err
		}
		var sum int64
		for _, h := range page.Items {
			if h.State != "locked" {
				continue
			}
			sum += h.PaidSat
			if h.ID != before {
				before, moved = h.ID, moved+1
			}
		}
		locked = locked || sum > 0
		if err := holds(uint64(sum) == agent.StakeSat && (!locked || sum == keptSat), "at entry %d %d sat are locked and %d count", seq, sum, agent.StakeSat); err != nil {
			return err
		}
	}
	k.out.ok("at each of %d entries the stake counts once, through %d holds", info.Size, moved)
	return holds(moved == 4, "%d holds were in force one after the other", moved)
}

// audited replays the exported log and counts what was asked for and paid.
func (k *keeping) audited(ctx context.Context) error {
	file := filepath.Join(k.net.Dir, "kept.log")
	if err := k.ctl(ctx, k.ops, new(any), "export", "--out", file); err != nil {
		return err
	}
	if _, err := k.run(ctx, "econaudit", "replay", file); err != nil {
		return err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	count := map[op.Kind]int{}
	for _, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
		entry, err := op.DecodeEntry(line)
		if err != nil {
			return err
		}
		count[entry.Event.Kind]++
	}
	return holds(count[op.KindRenew] == 3 && count[op.KindHoldLocked] == 4 && count[op.KindHoldCancelled] == 3 && count[op.KindHoldSettled] == 0,
		"the log has %d renew, %d hold-locked, %d hold-cancelled, %d hold-settled",
		count[op.KindRenew], count[op.KindHoldLocked], count[op.KindHoldCancelled], count[op.KindHoldSettled])
}

// back releases the stake: all of it returns, and the keeper says that it is gone.
func (k *keeping) back(ctx context.Context) error {
	if err := k.ctl(ctx, k.consumer, new(done), "stake", "release", k.last().ID.String()); err != nil {
		return err
	}
	if err := k.paymentIs(ctx, k.consumer, *k.last().PaymentHash, lnrpc.Payment_FAILED); err != nil {
		return err
	}
	if err := k.untilSaid(ctx, keeper.Gone, 1); err != nil {
		return err
	}
	return k.balanced(ctx)
}

// spent tells how much the keeper's node paid for good, and what its peers have of
// its channels, in msat: the commitment's fee, which the node itself pays, is in
// neither. unsettled is what is on its way to them, in sats.
func (k *keeping) spent(ctx context.Context) (paid, peers, unsettled int64, err error) {
	node := lnrpc.NewLightningClient(k.consumer.lnd.Conn())
	list, err := node.ListPayments(ctx, &lnrpc.ListPaymentsRequest{MaxPayments: 1000})
	if err != nil {
		return 0, 0, 0, err
	}
	for _, p := range list.Payments {
		paid += p.ValueMsat + p.FeeMsat
	}
	balance, err := node.ChannelBalance(ctx, &lnrpc.ChannelBalanceRequest{})
	if err != nil {
		return 0, 0, 0, err
	}
	return paid, int64(balance.RemoteBalance.Msat), int64(balance.UnsettledRemoteBalance.Sat), nil
}

// quiet waits until nothing is on its way in the channels of the keeper's node.
func (k *keeping) quiet(ctx context.Context) error {
	return until(ctx, "nothing is on its way", func() (bool, error) {
		_, _, unsettled, err := k.spent(ctx)
		return unsettled == 0, err
	})
}

// balanced checks that the keeper's node spent what it paid for operations and no
// more, and that econd's node took none of the holds.
func (k *keeping) balanced(ctx context.Context) error {
	if err := k.quiet(ctx); err != nil {
		return err
	}
	paid, peers, _, err := k.spent(ctx)
	if err != nil {
		return err
	}
	n, err := settled(ctx, k.ops, keptSat)
	if err != nil {
		return err
	}
	k.out.ok("all came back; %d msat were paid for operations", paid-k.paid)
	return holds(n == 0 && peers-k.peers == paid-k.paid && paid-k.paid >= 5*10_000 && paid-k.paid < keptSat*1000,
		"%d holds were settled; %d msat were paid and the peers have %d more", n, paid-k.paid, peers-k.peers)
}
