package monitor

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/notekey"
	"github.com/econd/econd/node/witness"
)

// Premises are what a person gives a monitor, as texts and files.
type Premises struct {
	LogKey    string   // name+hash+base64; "": what econd says first
	Policy    string   // file of a C2SP tlog-policy; "": none
	Headers   string   // FILE@HEIGHT, as econaudit replay takes it; "": none
	Trusted   []string // HASH@HEIGHT
	Witnesses []string // URLs that show the heads of logs
}

// Add reads them into a configuration. Errors name the premise, by its name as a flag.
func (p Premises) Add(cfg *Config) error {
	if p.LogKey != "" {
		if _, err := notekey.LogVerifier(p.LogKey); err != nil {
			return fmt.Errorf("log-key: %w", err)
		}
		cfg.LogKey = p.LogKey
	}
	if p.Policy != "" {
		text, err := os.ReadFile(p.Policy)
		if err == nil {
			cfg.Policy, err = witness.ParsePolicy(text)
		}
		if err != nil {
			return fmt.Errorf("policy: %w", err)
		}
	}
	if p.Headers != "" {
		chain, err := readChain(p.Headers)
		if err != nil {
			return fmt.Errorf("headers: %w", err)
		}
		cfg.Chain = chain
	}
	for _, text := range p.Trusted {
		t, err := anchor.ParseTrustedHeader(text)
		if err != nil {
			return fmt.Errorf("trust-header: %w", err)
		}
		cfg.Trusted = append(cfg.Trusted, t)
	}
	for _, at := range p.Witnesses {
		d, err := Witness(at)
		if err != nil {
			return fmt.Errorf("witness: %w", err)
		}
		cfg.Doors = append(cfg.Doors, d)
	}
	return nil
}

func readChain(text string) (c FixedChain, err error) {
	at := strings.LastIndexByte(text, '@')
	height, err := strconv.ParseUint(text[at+1:], 10, 32)
	if err != nil || at < 1 {
		return c, fmt.Errorf("%q is not a file of headers, '@' and the height of the first", text)
	}
	raw, err := os.ReadFile(text[:at])
	if err != nil {
		return c, err
	}
	c.First = uint32(height)
	c.List, err = anchor.ReadHeaders(bytes.NewReader(raw))
	return c, err
}
