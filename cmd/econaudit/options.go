package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/notekey"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/witness"
)

// cli is what the subcommands share: their premises and where they write.
type cli struct {
	out      io.Writer
	progress io.Writer
	json     bool

	economy       string
	operator      string
	logKey        string
	witnesses     []string
	policy        string
	trusted       []string
	confirmations int
	requireAnchor bool
	requireTrust  bool
	network       string
	line          string
	newLines      []string
}

func (c *cli) flags(cmd *cobra.Command) {
	f := cmd.PersistentFlags()
	f.BoolVar(&c.json, "json", false, "write one JSON object instead of text")
	f.StringVar(&c.economy, "economy", "", "id of the economy that you expect")
	f.StringVar(&c.operator, "operator", "", "operator's public key that you expect, 64 hex digits")
	f.StringVar(&c.logKey, "log-key", "", "key of the log's checkpoints that you expect, name+hash+base64")
	f.StringArrayVar(&c.witnesses, "witness-key", nil, "`KEY` of a further signer of checkpoints, a witness's or a log's; may be repeated")
	f.StringVar(&c.policy, "policy", "", "`FILE` with the policy (C2SP tlog-policy) whose quorum of witnesses must have cosigned the checkpoint")
	f.StringArrayVar(&c.trusted, "trust-header", nil, "Bitcoin `BLOCK` that you know, HASH@HEIGHT; may be repeated")
	f.IntVar(&c.confirmations, "confirmations", 0, fmt.Sprintf(
		"reject an anchor under fewer than `N` blocks, its own included (default %d with --require-anchor, else what it has is said)", anchor.DefaultConfirmations))
	f.StringVar(&c.line, "line", "", "`FILE` with the proofs of all anchors of the log, which must be one line; see econaudit line")
	f.StringArrayVar(&c.newLines, "new-line", nil, "`TXID` of an anchor after which you accept a second line of anchors that the log announces; may be repeated")
	f.BoolVar(&c.requireAnchor, "require-anchor", false, "reject what is not anchored in Bitcoin")
	f.BoolVar(&c.requireTrust, "require-trust", false, "reject what is not anchored in headers that reach a block you trust, or one that econaudit knows, or are of enough work")
	f.StringVar(&c.network, "network", "", "Bitcoin network that you expect: mainnet, testnet3 (or testnet), testnet4, signet or regtest")
}

// options turns the flags into the verifier's premises.
func (c *cli) options(cmd *cobra.Command) (audit.Options, error) {
	o := audit.Options{Economy: c.economy, LogKey: c.logKey, MinConfirmations: c.confirmations, RequireAnchor: c.requireAnchor,
		RequireTrust: c.requireTrust}
	if c.network != "" {
		if _, err := anchor.Params(c.network); err != nil {
			return o, fmt.Errorf("--network: %w", err)
		}
		o.Network = c.network
	}
	if c.confirmations < 1 && cmd.Flags().Changed("confirmations") {
		return o, fmt.Errorf("--confirmations: is %d, must be at least 1", c.confirmations)
	}
	if c.operator != "" {
		key, err := op.ParsePublicKey(c.operator)
		if err != nil {
			return o, fmt.Errorf("--operator: %w", err)
		}
		o.Operator = &key
	}
	if c.logKey != "" {
		if _, err := notekey.LogVerifier(c.logKey); err != nil {
			return o, fmt.Errorf("--log-key: %w", err)
		}
	}
	for _, text := range c.witnesses {
		v, err := furtherVerifier(text)
		if err != nil {
			return o, fmt.Errorf("--witness-key: %w", err)
		}
		o.Witnesses = append(o.Witnesses, v)
	}
	if c.policy != "" {
		text, err := read(cmd, c.policy)
		if err != nil {
			return o, err
		}
		if o.Policy, err = witness.ParsePolicy(text); err != nil {
			return o, fmt.Errorf("--policy %s: %w", c.policy, err)
		}
	}
	for _, text := range c.trusted {
		h, err := anchor.ParseTrustedHeader(text)
		if err != nil {
			return o, fmt.Errorf("--trust-header: %w", err)
		}
		o.Trusted = append(o.Trusted, h)
	}
	for _, text := range c.newLines {
		txid, err := op.ParseID(text)
		if err != nil {
			return o, fmt.Errorf("--new-line: %w", err)
		}
		o.NewLines = append(o.NewLines, op.Hash(txid))
	}
	var err error
	o.Line, err = readLine(cmd, c.line)
	return o, err
}

// furtherVerifier reads the key of a witness, or of a log.
func furtherVerifier(text string) (note.Verifier, error) {
	k, err := notekey.Parse(text)
	if err != nil {
		return nil, err
	}
	if k.Type == notekey.Ed25519 {
		return k.LogVerifier()
	}
	return witness.NewVerifier(k)
}

// maxFile bounds the small inputs: everything but an export.
const maxFile = 64 << 20

// open opens a file, or standard input for "-".
func open(cmd *cobra.Command, path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(cmd.InOrStdin()), nil
	}
	return os.Open(path)
}

// read reads a small file whole.
func read(cmd *cobra.Command, path string) ([]byte, error) {
	f, err := open(cmd, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, notOfKind(path, errors.New("longer than 64 MiB"))
	}
	return data, nil
}

// readAnchor reads an anchor proof, or nothing without a path.
func readAnchor(cmd *cobra.Command, path string) (*anchor.Proof, error) {
	if path == "" {
		return nil, nil
	}
	data, err := read(cmd, path)
	if err != nil {
		return nil, err
	}
	p, err := anchor.DecodeProof(data)
	if err != nil {
		return nil, notOfKind(path, err)
	}
	return p, nil
}

func (c *cli) writeJSON(v any) error {
	enc := json.NewEncoder(c.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// answer is a verdict in JSON.
type answer struct {
	OK     bool `json:"ok"`
	Report any  `json:"report"`
	Code   int  `json:"code"`
}

// print writes what is proved and what that rests on, or all of it as JSON.
func (c *cli) print(verdict string, report any, proved, restsOn []string, claims ...string) error {
	if c.json {
		return c.writeJSON(answer{true, report, exitOK})
	}
	fmt.Fprintln(c.out, verdict)
	for _, line := range proved {
		fmt.Fprintln(c.out, "  "+line)
	}
	if len(claims) > 0 {
		fmt.Fprintln(c.out, "Claimed, not proved:")
	}
	for _, line := range claims {
		fmt.Fprintln(c.out, "  "+line)
	}
	fmt.Fprintln(c.out, "What this rests on:")
	for _, line := range restsOn {
		fmt.Fprintln(c.out, "  "+line)
	}
	return nil
}
