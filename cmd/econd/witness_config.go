package main

import (
	"fmt"
	"log/slog"
	"net"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/notekey"
	"github.com/econd/econd/node/witness/server"
)

// witnessConfig is witness.yaml. Every key is known or refused.
type witnessConfig struct {
	Name           string       `yaml:"name" doc:"of this witness, for ever: an address without scheme, as witness.example/1"`
	DataDir        string       `yaml:"data_dir" doc:"witness.key, heads.db and evidence"`
	PassphraseFile string       `yaml:"passphrase_file" doc:"opens witness.key; empty: asked for at the start"`
	Listen         string       `yaml:"listen" doc:"add-checkpoint is taken here"`
	TLSCert        string       `yaml:"tls_cert" doc:"set both to serve HTTPS, or put a proxy in front"`
	TLSKey         string       `yaml:"tls_key"`
	MetricsListen  string       `yaml:"metrics_listen" doc:"Prometheus, on loopback; empty: none"`
	LogLevel       string       `yaml:"log_level" doc:"debug, info, warn or error"`
	Logs           []witnessLog `yaml:"logs" doc:"that this witness follows; no others are cosigned"`
}

// witnessLog is one log that a witness follows.
type witnessLog struct {
	Key    string `yaml:"key"`              // the log's, name+id+base64
	Origin string `yaml:"origin,omitempty"` // first line of its checkpoints; empty: the key's name
}

func defaultWitness(dir, name string) witnessConfig {
	return witnessConfig{Name: name, DataDir: dir, PassphraseFile: filepath.Join(dir, "passphrase"), Listen: "127.0.0.1:8405",
		MetricsListen: "127.0.0.1:8406", LogLevel: "info", Logs: []witnessLog{}}
}

func (c witnessConfig) keyFile() string { return filepath.Join(c.DataDir, "witness.key") }

// readWitnessConfig reads witness.yaml strictly. What is wrong with it is a usage error.
func readWitnessConfig(path string) (c witnessConfig, logs []server.Log, err error) {
	c = defaultWitness(filepath.Dir(path), "")
	if err := readYAML(path, "econd witness --init", &c); err != nil {
		return c, nil, cli.Usage(err)
	}
	if logs, err = c.validate(); err != nil {
		return c, nil, cli.Usage(fmt.Errorf("%s: %w", path, err))
	}
	return c, logs, nil
}

func (c *witnessConfig) validate() ([]server.Log, error) {
	if c.DataDir == "" {
		return nil, fmt.Errorf("data_dir: missing")
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return nil, fmt.Errorf("listen: %q is not host:port", c.Listen)
	}
	if c.MetricsListen != "" {
		if host, _, err := net.SplitHostPort(c.MetricsListen); err != nil || !loopback(host) {
			return nil, fmt.Errorf("metrics_listen: %q is not host:port on loopback", c.MetricsListen)
		}
	}
	switch {
	case (c.TLSCert == "") != (c.TLSKey == ""):
		return nil, fmt.Errorf("tls_cert, tls_key: set both or neither")
	case new(slog.Level).UnmarshalText([]byte(c.LogLevel)) != nil:
		return nil, fmt.Errorf("log_level: %q is not debug, info, warn or error", c.LogLevel)
	}
	return c.followed()
}

// followed are the logs by their origins. A log may have several keys.
func (c *witnessConfig) followed() (logs []server.Log, err error) {
	at := map[string]int{}
	seen := map[string]bool{}
	for i, l := range c.Logs {
		k, err := notekey.Parse(l.Key)
		if err != nil {
			return nil, fmt.Errorf("logs[%d].key: %w", i, err)
		}
		v, err := k.LogVerifier()
		if err != nil {
			return nil, fmt.Errorf("logs[%d].key: %w", i, err)
		}
		origin := l.Origin
		if origin == "" {
			origin = k.Name
		}
		id := origin + "\n" + k.String()
		if seen[id] {
			return nil, fmt.Errorf("logs[%d]: stands there twice", i)
		}
		seen[id] = true
		j, ok := at[origin]
		if !ok {
			j = len(logs)
			at[origin], logs = j, append(logs, server.Log{Origin: origin})
		}
		logs[j].Keys = append(logs[j].Keys, note.Verifier(v))
	}
	return logs, nil
}
