package main

import (
	"fmt"
	"log/slog"
	"net"
	"path/filepath"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/monitor"
	"github.com/econd/econd/node/wallet"
)

// monitorConfig is monitor.yaml. Every key is known or refused.
type monitorConfig struct {
	Econd         string          `yaml:"econd" doc:"base URL of the econd that is watched"`
	LogKey        string          `yaml:"log_key" doc:"key of its log, name+id+base64; empty: what it says first"`
	DataDir       string          `yaml:"data_dir" doc:"heads, promises, the copy of the log, evidence; of one log for ever"`
	MetricsListen string          `yaml:"metrics_listen" doc:"Prometheus, on loopback; empty: none"`
	LogLevel      string          `yaml:"log_level" doc:"debug, info, warn or error"`
	EveryS        int64           `yaml:"every_s" doc:"pause between two looks"`
	SilenceS      int64           `yaml:"silence_s" doc:"how long no new head, promised entry or quorum may come; below 0: for ever"`
	OverdueS      int64           `yaml:"overdue_s" doc:"from when on what is due or unanswered is told"`
	MaxBytes      int64           `yaml:"max_bytes" doc:"of the data folder"`
	Answers       string          `yaml:"answers" doc:"file of the answers that an agent kept; empty: none"`
	Doors         []string        `yaml:"doors" doc:"URLs of mirrors that show this log"`
	Witnesses     []string        `yaml:"witnesses" doc:"URLs of witnesses that show the heads they cosigned"`
	Policy        string          `yaml:"policy" doc:"file with a C2SP tlog-policy whose quorum heads must have; empty: none"`
	Headers       string          `yaml:"headers" doc:"FILE@HEIGHT of Bitcoin headers, where there is no full node; empty: none"`
	TrustHeaders  []string        `yaml:"trust_headers" doc:"blocks that you know, HASH@HEIGHT"`
	Bitcoin       monitorBitcoin  `yaml:"bitcoin"`
	Payments      monitorPayments `yaml:"payments"`
}

// monitorBitcoin is the operator's own full node.
type monitorBitcoin struct {
	RPC          string `yaml:"rpc" doc:"JSON-RPC of bitcoind or btcd, as http://127.0.0.1:8332; empty: none"`
	CookieFile   string `yaml:"cookie_file" doc:"bitcoind's .cookie, or:"`
	User         string `yaml:"user"`
	PasswordFile string `yaml:"password_file"`
	TLSCert      string `yaml:"tls_cert" doc:"btcd's rpc.cert; empty: the system's authorities"`
}

// monitorPayments is what the log may cost.
type monitorPayments struct {
	LNDAddress   string `yaml:"lnd_address" doc:"host:port of your LND; empty: nothing is paid"`
	LNDTLSCert   string `yaml:"lnd_tls_cert"`
	LNDMacaroon  string `yaml:"lnd_macaroon"`
	Tokens       string `yaml:"tokens" doc:"folder of paid tokens"`
	MaxSats      int64  `yaml:"max_sats" doc:"of one request"`
	MaxTotalSats int64  `yaml:"max_total_sats" doc:"of all in any 24 hours, with fees of the route"`
}

func defaultMonitor(dir string) monitorConfig {
	return monitorConfig{DataDir: dir, MetricsListen: "127.0.0.1:8407", LogLevel: "info", EveryS: 30,
		SilenceS: int64(monitor.DefaultSilence.Seconds()), OverdueS: int64(monitor.DefaultOverdue.Seconds()), MaxBytes: monitor.DefaultMaxBytes,
		Doors: []string{}, Witnesses: []string{}, TrustHeaders: []string{},
		Payments: monitorPayments{Tokens: filepath.Join(dir, "tokens"), MaxSats: 100, MaxTotalSats: 1000}}
}

// readMonitorConfig reads monitor.yaml strictly. What is wrong with it is a usage error.
func readMonitorConfig(path string) (c monitorConfig, err error) {
	c = defaultMonitor(filepath.Dir(path))
	if err := readYAML(path, "econd monitor --init", &c); err != nil {
		return c, cli.Usage(err)
	}
	if err := c.validate(); err != nil {
		return c, cli.Usage(fmt.Errorf("%s: %w", path, err))
	}
	return c, nil
}

func (c *monitorConfig) validate() error {
	if c.MetricsListen != "" {
		if host, _, err := net.SplitHostPort(c.MetricsListen); err != nil || !loopback(host) {
			return fmt.Errorf("metrics_listen: %q is not host:port on loopback", c.MetricsListen)
		}
	}
	const year = 366 * 86400
	switch {
	case c.Econd == "":
		return fmt.Errorf("econd: missing")
	case c.DataDir == "":
		return fmt.Errorf("data_dir: missing")
	case new(slog.Level).UnmarshalText([]byte(c.LogLevel)) != nil:
		return fmt.Errorf("log_level: %q is not debug, info, warn or error", c.LogLevel)
	case c.EveryS < 1 || c.EveryS > 86400:
		return fmt.Errorf("every_s: is %d, must be from 1 to 86400", c.EveryS)
	case c.SilenceS == 0 || c.SilenceS > year:
		return fmt.Errorf("silence_s: is %d, must be from 1 to %d, or below 0", c.SilenceS, year)
	case c.OverdueS < 1 || c.OverdueS > year:
		return fmt.Errorf("overdue_s: is %d, must be from 1 to %d", c.OverdueS, year)
	case c.MaxBytes < 1<<20:
		return fmt.Errorf("max_bytes: is %d, must be at least %d", c.MaxBytes, 1<<20)
	case c.Bitcoin.RPC != "" && c.Headers != "":
		return fmt.Errorf("headers, bitcoin.rpc: set one of them")
	case c.Payments.MaxSats < 0 || c.Payments.MaxSats > wallet.MaxSat:
		return fmt.Errorf("payments.max_sats: is %d, must be from 0 to %d", c.Payments.MaxSats, wallet.MaxSat)
	case c.Payments.MaxTotalSats < 0:
		return fmt.Errorf("payments.max_total_sats: is %d, must not be negative", c.Payments.MaxTotalSats)
	}
	return nil
}
