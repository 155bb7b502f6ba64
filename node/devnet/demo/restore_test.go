package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/econd/econd/node/devnet"
)

// reconciled is what econd reconcile prints, as far as the test looks at it.
type reconciled struct {
	Recovery []string
	LND      struct {
		Differences []struct {
			Subject, LND, Log, Rule string
			Hash                    string `json:"payment_hash"`
			Msat                    int64
			Anchor                  *struct {
				Txid, Digest string
				Height       uint32
			}
		}
	}
	Off     int64 `json:"off_msat"`
	Resumed bool
}

func (s *story) reconcile(ctx context.Context, args ...string) (r reconciled, err error) {
	err = s.runJSON(ctx, &r, "econd", append([]string{"reconcile", "--config", s.configPath, "--json"}, args...)...)
	return r, err
}

// An older backup is restored on real LND after payouts were paid, a deposit was
// settled, a stake was locked and all of it was anchored, which it does not know.
// econd serves reads only; the operator decides; nothing is paid twice; log and LND
// agree to the msat; the next anchor follows the lost one.
func TestRestoreOfAnOlderBackup(t *testing.T) {
	ctx, e := start(t, 9*time.Minute)
	s := &story{economy: e}
	for _, step := range []func(context.Context) error{s.register, s.stake, s.fill, s.backUp, s.liveOn, s.anchor, s.goBack, s.readsOnly, s.decideAll, s.liveAgain} {
		if err := step(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *story) backUp(ctx context.Context) error {
	_, err := s.run(ctx, "econctl", "--config", s.ops.configPath(), "admin", "backup", "--out", s.path("old.backup"))
	return err
}

// liveOn does what the backup does not know, across a kill.
func (s *story) liveOn(ctx context.Context) error {
	if err := s.ctl(ctx, s.consumer, new(done), "pool", "deposit", "performance", "700", "--pay"); err != nil {
		return err
	}
	args := []string{"propose", "--track", "treasury", "--title", "Pay twice", "--pay", "--max-sats", "12000"}
	for _, action := range []map[string]any{
		{"type": "pay", "pool": "performance", "to": s.provider.pubkey, "sat": keysendSat, "node": s.provider.lnd.IdentityPubkey},
		{"type": "pay", "pool": "performance", "to": s.consumer.pubkey, "sat": claimSat},
	} {
		text, err := json.Marshal(action)
		if err != nil {
			return err
		}
		args = append(args, "--action", string(text))
	}
	if err := s.ctl(ctx, s.provider, &s.first, args...); err != nil {
		return err
	}
	answered := s.tap.Withhold(methodSend)
	if err := s.pass(ctx, s.first.ID, s.provider, s.consumer); err != nil {
		return err
	}
	if err := s.killAt(ctx, answered, "paid-by-keysend"); err != nil {
		return err
	}
	if _, err := s.untilResult(ctx, s.first.ID, 0, "done"); err != nil {
		return err
	}
	if err := s.claimAcrossKill(ctx); err != nil {
		return err
	}
	return s.ctl(ctx, s.provider, new(done), "stake", "lock", "3000", "--pay")
}

// goBack restores the backup in the place of the store.
func (s *story) goBack(ctx context.Context) error {
	if err := s.ctl(ctx, s.ops, new(any), "checkpoint", "--out", s.path("lost.txt")); err != nil {
		return err
	}
	s.econd.Kill()
	r, err := s.reconcile(ctx)
	if err != nil {
		return err
	}
	if err := holds(r.Off == 0 && len(r.Recovery) == 0, "before the loss: %+v", r); err != nil {
		return err
	}
	store := filepath.Join(s.dir, "ballots.db")
	if err := os.Rename(store, s.path("lost.db")); err != nil {
		return err
	}
	_, err = s.run(ctx, "econd", "restore", s.path("old.backup"), store)
	return err
}

// readsOnly starts econd on the backup and sees that it enters nothing.
func (s *story) readsOnly(ctx context.Context) error {
	var err error
	s.econd, err = s.net.StartProgram(ctx, devnet.ProgramConfig{Name: "econd", Path: filepath.Join(s.bin, "econd"),
		Args: []string{"run", "--config", s.configPath}, Ready: func(ctx context.Context) error {
			_, err := s.api.Info().Get(ctx)
			return err
		}})
	if err != nil {
		return err
	}
	if err := s.ready(ctx); err == nil {
		return fmt.Errorf("it is ready on an old backup")
	}
	info, err := s.api.Info().Get(ctx)
	if err != nil {
		return err
	}
	if _, err := s.run(ctx, "econd", "reconcile", "--config", s.configPath); err == nil || !strings.Contains(err.Error(), "econd is running") {
		return fmt.Errorf("reconcile beside the running econd: %v", err)
	}
	said, err := s.refused(ctx, "econctl", "--config", s.provider.configPath(), "stake", "lock", "2000", "--pay")
	s.out.ok("reads only: %v; an operation is answered %s", info.Outside.Recovery, said)
	s.econd.Kill()
	return err
}

// decideAll decides every difference.
func (s *story) decideAll(ctx context.Context) error {
	r, err := s.reconcile(ctx)
	var apart *programError // it ends with an error while something waits
	if !errors.As(err, &apart) {
		return fmt.Errorf("reconcile with differences: %v", err)
	}
	if err := json.Unmarshal([]byte(apart.out), &r); err != nil {
		return err
	}
	var args []string
	lost := 0
	for _, d := range r.LND.Differences {
		s.out.ok("%s: LND: %s, log: %s, %d msat, rule %q", d.Subject, d.LND, d.Log, d.Msat, d.Rule)
		switch {
		case d.Rule != "":
		case d.Anchor != nil:
			lost++
			if err := holds(d.Anchor.Txid == s.anchored.Txid.String() && d.Anchor.Height == s.anchored.Height && len(d.Anchor.Digest) == 64, "%+v", d.Anchor); err != nil {
				return err
			}
		case strings.HasPrefix(d.Subject, "payout"):
			args = append(args, "--paid", d.Hash)
		case d.LND == "settled":
			args = append(args, "--found", d.Hash+"=performance")
		default:
			args = append(args, "--cancel", d.Hash)
		}
	}
	if err := holds(lost == 1, "%d lost anchors: %+v", lost, r.LND.Differences); err != nil {
		return err
	}
	recovery := []string{"recover", "--config", s.configPath, "--reason", "the disk was lost", "--json"}
	if _, err := s.run(ctx, "econd", recovery...); err == nil || !strings.Contains(err.Error(), "wait for a decision") {
		return fmt.Errorf("it goes on while differences wait: %v", err)
	}
	if _, err := s.reconcile(ctx, args...); err != nil && !errors.As(err, &apart) { // the lost anchor waits
		return err
	}
	if err := s.runJSON(ctx, &r, "econd", recovery...); err != nil {
		return err
	}
	return holds(r.Resumed && r.Off == 0, "%+v", r)
}

// liveAgain goes on, and holds log and LND against each other at the end.
func (s *story) liveAgain(ctx context.Context) error {
	if err := s.startEcond(ctx); err != nil {
		return err
	}
	if err := s.anchorInLine(ctx); err != nil {
		return err
	}
	if err := s.ctl(ctx, s.consumer, new(done), "pool", "deposit", "performance", "300", "--pay", "--forget-head"); err != nil {
		return err
	}
	if err := until(ctx, "the pool has all", func() (bool, error) {
		sat, err := s.performance(ctx)
		return sat == 9000+700+300, err
	}); err != nil {
		return err
	}
	for _, p := range []struct {
		to  *agent
		sat int64
	}{{s.provider, keysendSat}, {s.consumer, claimSat}} {
		n, err := settled(ctx, p.to, p.sat)
		if err != nil {
			return err
		}
		if err := holds(n == 1, "%s's LND received %d sat %d times", p.to.name, p.sat, n); err != nil {
			return err
		}
	}
	s.econd.Kill()
	r, err := s.reconcile(ctx)
	if err != nil {
		return err
	}
	return holds(r.Off == 0 && len(r.Recovery) == 0, "at the end: %+v", r)
}

// anchorInLine anchors again and sees that the anchor spends the lost one's change.
func (s *story) anchorInLine(ctx context.Context) error {
	lost := s.anchored.Txid.String()
	if err := s.anchor(ctx); err != nil {
		return err
	}
	var tx struct{ Vin []struct{ Txid string } }
	if err := s.net.ChainRPC(ctx, &tx, "getrawtransaction", s.anchored.Txid.String(), 1); err != nil {
		return err
	}
	if err := holds(len(tx.Vin) > 0 && tx.Vin[0].Txid == lost, "the anchor after %s spends %+v", lost, tx.Vin); err != nil {
		return err
	}
	return s.auditLine(ctx)
}

// auditLine exports anchors and log, and has econaudit walk the line: the lost anchor is in it.
func (s *story) auditLine(ctx context.Context) error {
	anchors, export := s.path("anchors.ndjson"), s.path("line.log")
	for _, args := range [][]string{{"anchors", "export", "--out", anchors}, {"export", "--out", export}} {
		if _, err := s.run(ctx, "econctl", append([]string{"--config", s.ops.configPath()}, args...)...); err != nil {
			return err
		}
	}
	said, err := s.run(ctx, "econaudit", "line", export, anchors, "--confirmations", fmt.Sprint(anchorBlocks))
	if err != nil {
		return err
	}
	text := string(said)
	return holds(strings.Contains(text, "ONE LINE") && strings.Contains(text, "an end of the log that the log says was lost"), "%s", text)
}
