package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/shell"
)

// newRotate hands the log over to another key, in two steps.
func newRotate() *cobra.Command {
	var path string
	var enter bool
	c := &cobra.Command{
		Use:   "rotate-log-key",
		Short: "Draw a new key for the log's checkpoints, then hand the log over to it",
		Long: `Draw a new key for the log's checkpoints into operator.key, beside those before it;
called again with --enter, hand the log over to it by an entry that both keys sign.
econd must not be running. In between back operator.key up, and let witnesses know
the new key. Known from version 2 of the rules on.`,
		Example: "  econd rotate-log-key --config ~/.econd/econd.yaml\n" +
			"  econd rotate-log-key --config ~/.econd/econd.yaml --enter",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := readConfig(path)
			if err != nil {
				return err
			}
			return rotate(cfg, path, enter, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().StringVar(&path, "config", "econd.yaml", "configuration file that econd init wrote")
	c.Flags().BoolVar(&enter, "enter", false, "hand the log over to the key that was drawn")
	return c
}

func rotate(cfg config, path string, enter bool, out, errOut io.Writer) error {
	d, err := openStopped(cfg, errOut)
	if err != nil {
		return err
	}
	defer d.close()
	waiting, err := d.waitingKey()
	if err != nil {
		return err
	}
	if enter {
		return d.enterKey(waiting, out)
	}
	if waiting == "" {
		if waiting, err = d.drawKey(errOut); err != nil {
			return err
		}
	}
	return d.sayDrawn(waiting, path, out)
}

// waitingKey is the key of the key file that the log was not handed over to yet; "": none.
func (d *daemon) waitingKey() (string, error) {
	if version := d.rulesVersion(); version < constitution.RulesLogKey {
		return "", fmt.Errorf("the log's key can be handed over from version %d of the rules on, those in force are version %d: raise the version first (docs/changing-rules.md)", constitution.RulesLogKey, version)
	}
	keys := d.node.LogKeys()
	i := slices.IndexFunc(d.logKeys, func(text string) bool { return !keys.Has(text) })
	if i >= 0 {
		return d.logKeys[i], nil
	}
	if n := len(keys.Handovers()); n >= logkey.MaxHandovers {
		return "", fmt.Errorf("the log's key was handed over %d times, which is the most", n)
	}
	return "", nil
}

func (d *daemon) rulesVersion() (version int64) {
	d.node.View(func(s *ledger.State, _ int64) { version = s.Constitution().Version })
	return version
}

// drawKey seals a further key, reads it back, and returns its text.
func (d *daemon) drawKey(errOut io.Writer) (string, error) {
	if d.cfg.PassphraseFile == "" {
		fmt.Fprintln(errOut, "The passphrase once more, to seal the new key with the others:")
	}
	passphrase, err := keyfile.Passphrase(d.cfg.PassphraseFile, false)
	if err != nil {
		return "", err
	}
	defer clear(passphrase)
	stop := cli.Doing(errOut, "sealing the key, which is slow by design")
	defer stop()
	if err := keyfile.AddLogSeed(d.cfg.keyFile(), passphrase); err != nil {
		return "", err
	}
	var sealed keyfile.Operator
	if err := keyfile.Open(d.cfg.keyFile(), passphrase, &sealed); err != nil {
		return "", err
	}
	s, err := secretsFrom(sealed)
	if err != nil {
		return "", err
	}
	_, texts, err := s.logSigners(d.origin())
	if err != nil {
		return "", err
	}
	return texts[len(texts)-1], nil
}

func (d *daemon) origin() (origin string) {
	d.node.View(func(s *ledger.State, _ int64) { origin = ledger.Origin(s.Economy()) })
	return origin
}

func (d *daemon) sayDrawn(key, path string, out io.Writer) error {
	_, err := fmt.Fprintf(out, `log key now   %s
new log key   %s

The new key is sealed in %s. It signs nothing yet. Next:
  1. back up operator.key anew: once the log is handed over, nobody can sign for it without the new key
  2. let witnesses know the new key beside the old one: "log KEY" in their policy and yours (witnesses.policy),
     "- key: KEY" under logs of an econd witness
  3. econd rotate-log-key --config %s --enter
`, d.node.LogKey(), key, d.cfg.keyFile(), shell.Word(path))
	return err
}

// enterKey hands the log over to the key that waits.
func (d *daemon) enterKey(waiting string, out io.Writer) error {
	if waiting == "" {
		return errors.New("--enter: no new key waits in the key file; call econd rotate-log-key without --enter first")
	}
	if err := d.witnessesKnow(waiting); err != nil {
		return fmt.Errorf("the witnesses would not cosign heads by the new key: %w", err)
	}
	old := d.node.LogKey()
	r, err := d.node.HandOver(waiting)
	if err != nil {
		return fmt.Errorf("the log was not handed over: %w", err)
	}
	_, err = fmt.Fprintf(out, `Entry %d hands the log over. Heads of up to %d entries are signed by the old key, those of more by the new one:
  old   %s
  new   %s
Next: start econd. Keep the old key in operator.key: proofs of old anchors are signed with it.
`, r.Seq, r.Seq, old, waiting)
	return err
}
