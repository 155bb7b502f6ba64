package devnet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"github.com/goccy/go-yaml"
)

// ApertureConfig describes one aperture: whose lnd is paid, and what stands
// behind it.
type ApertureConfig struct {
	Name     string // distinguishes it within the network: "operator", "provider"
	LND      *LND   // issues the invoices and gets the money
	Services []ApertureService

	// Listen is the host:port to serve plain HTTP (and h2c) on. Empty: a
	// free port of 127.0.0.1.
	Listen string

	// StrictVerify makes aperture follow its lnd's invoices and demand that a
	// token's is settled, beside checking the preimage. Such an aperture ends
	// when its lnd goes away, and has to be started again.
	StrictVerify bool

	// DebugLevel is aperture's log level. Empty: info.
	DebugLevel string

	// WriteTimeout is how long an answer may take, a stream its whole life; 0:
	// aperture's own, 30 s. ReadTimeout is that of a request; 0: 15 s.
	WriteTimeout, ReadTimeout time.Duration
}

// ApertureService is one service behind an aperture. The first whose
// HostRegexp and PathRegexp match a request gets it.
type ApertureService struct {
	Name       string `yaml:"name"`       // also the service of its tokens' caveats
	HostRegexp string `yaml:"hostregexp"` // empty: any host
	PathRegexp string `yaml:"pathregexp,omitempty"`
	Address    string `yaml:"address"`  // host:port of the service
	Protocol   string `yaml:"protocol"` // "http" (default) or "https"

	// TLSCertPath is the certificate of an https service.
	TLSCertPath string `yaml:"tlscertpath,omitempty"`

	// Auth is "on" (default), "off" or "freebie N".
	Auth string `yaml:"auth"`

	// Price in sats; ignored with DynamicPrice. aperture reads 0 as 1.
	Price int64 `yaml:"price"`

	// DynamicPrice asks a pricesrpc server for the price of each path. Tokens
	// then open one path only, not the whole service.
	DynamicPrice *DynamicPrice `yaml:"dynamicprice,omitempty"`

	// AuthWhitelistPaths are regular expressions of paths that are free.
	// aperture forwards whatever token comes along on them, unverified.
	AuthWhitelistPaths []string `yaml:"authwhitelistpaths,omitempty"`

	// AuthSkipInvoiceCreationPaths answer 401 instead of a 402 with an invoice.
	AuthSkipInvoiceCreationPaths []string `yaml:"authskipinvoicecreationpaths,omitempty"`

	Capabilities string            `yaml:"capabilities,omitempty"` // comma-separated
	Constraints  map[string]string `yaml:"constraints,omitempty"`
	Timeout      int64             `yaml:"timeout,omitempty"` // seconds a token lives; 0: for ever
	Headers      map[string]string `yaml:"headers,omitempty"` // added to each forwarded request
}

// DynamicPrice is where aperture asks for prices.
type DynamicPrice struct {
	GRPCAddress string // host:port of a pricesrpc.Prices server
	TLSCertPath string // its certificate; empty: no TLS
}

// MarshalYAML writes aperture's form, which has switches beside the values.
func (d DynamicPrice) MarshalYAML() (any, error) {
	return map[string]any{
		"enabled": true, "grpcaddress": d.GRPCAddress,
		"insecure": d.TLSCertPath == "", "tlscertpath": d.TLSCertPath,
	}, nil
}

// Aperture is a running aperture.
type Aperture struct {
	Name       string
	Addr       string // host:port, plain HTTP
	Dir        string
	ConfigPath string // the aperture.yaml it runs with

	bin  string
	mu   sync.Mutex
	proc *process
}

// URL is the base of the paid services.
func (a *Aperture) URL() string { return "http://" + a.Addr }

// apertureFile is aperture.yaml as far as it is used here.
type apertureFile struct {
	ListenAddr   string `yaml:"listenaddr"`
	Insecure     bool   `yaml:"insecure"`
	BaseDir      string `yaml:"basedir"`
	DebugLevel   string `yaml:"debuglevel"`
	StrictVerify bool   `yaml:"strictverify"`
	DBBackend    string `yaml:"dbbackend"`
	Sqlite       struct {
		// aperture's sample file says "dbfile", which its YAML decoder
		// does not know: it goes by the name of the Go field.
		DatabaseFileName string `yaml:"databasefilename"`
	} `yaml:"sqlite"`
	Authenticator struct {
		Network string `yaml:"network"`
		LNDHost string `yaml:"lndhost"`
		TLSPath string `yaml:"tlspath"`
		MacDir  string `yaml:"macdir"`
	} `yaml:"authenticator"`
	WriteTimeout string            `yaml:"writetimeout,omitempty"`
	ReadTimeout  string            `yaml:"readtimeout,omitempty"`
	Services     []ApertureService `yaml:"services"`
}

func (c ApertureConfig) validate() error {
	switch {
	case c.Name == "" || c.Name != filepath.Base(c.Name):
		return fmt.Errorf("aperture: ApertureConfig.Name %q is not a plain name", c.Name)
	case c.LND == nil:
		return errors.New("aperture: ApertureConfig.LND is missing: somebody has to be paid")
	case len(c.Services) == 0:
		return errors.New("aperture: ApertureConfig.Services is empty")
	}
	for i, s := range c.Services {
		if s.Name == "" || s.Address == "" {
			return fmt.Errorf("aperture: ApertureConfig.Services[%d]: Name and Address are needed", i)
		}
		exprs := append([]string{s.HostRegexp, s.PathRegexp}, s.AuthWhitelistPaths...)
		for _, expr := range append(exprs, s.AuthSkipInvoiceCreationPaths...) {
			if _, err := regexp.Compile(expr); err != nil {
				return fmt.Errorf("aperture: ApertureConfig.Services[%d]: %w", i, err)
			}
		}
	}
	return nil
}

// StartAperture starts an aperture with an invoice macaroon of its own, and
// waits until it listens. It ends with the network, or by Stop.
func (n *Net) StartAperture(ctx context.Context, cfg ApertureConfig) (*Aperture, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	dir, err := mkdir(n.Dir, "aperture-"+cfg.Name)
	if err != nil {
		return nil, err
	}
	macDir, err := mkdir(dir, "macaroons")
	if err != nil {
		return nil, err
	}
	err = cfg.LND.BakeMacaroon(ctx, filepath.Join(macDir, "invoice.macaroon"), ApertureRootKey,
		ApertureURIs...)
	if err != nil {
		return nil, err
	}
	a := &Aperture{Name: cfg.Name, Dir: dir, ConfigPath: filepath.Join(dir, "aperture.yaml"),
		bin: n.bin.Aperture}
	begin := func() error {
		a.Addr = cfg.Listen
		if a.Addr == "" {
			if a.Addr, err = freeAddr(); err != nil {
				return err
			}
		}
		if err := a.writeConfig(cfg, macDir); err != nil {
			return err
		}
		return a.begin(ctx)
	}
	if cfg.Listen == "" {
		err = withPorts(begin)
	} else if err = listenable(cfg.Listen); err == nil {
		err = begin()
	}
	if err != nil {
		return nil, fmt.Errorf("aperture %s: %w", cfg.Name, err)
	}
	n.mu.Lock()
	n.apertures = append(n.apertures, a)
	n.mu.Unlock()
	n.onClose(func() { a.process().kill() })
	return a, nil
}

// listenable tells whether an address can be bound. Without asking, whoever
// listens there already would be taken for the aperture that could not.
func listenable(addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	return l.Close()
}

func (a *Aperture) writeConfig(cfg ApertureConfig, macDir string) error {
	file := apertureFile{
		ListenAddr: a.Addr, Insecure: true, BaseDir: a.Dir, DBBackend: "sqlite",
		DebugLevel: cfg.DebugLevel, StrictVerify: cfg.StrictVerify, Services: nil,
	}
	if file.DebugLevel == "" {
		file.DebugLevel = "info"
	}
	if cfg.WriteTimeout > 0 {
		file.WriteTimeout = cfg.WriteTimeout.String()
	}
	if cfg.ReadTimeout > 0 {
		file.ReadTimeout = cfg.ReadTimeout.String()
	}
	file.Sqlite.DatabaseFileName = filepath.Join(a.Dir, "aperture.db")
	file.Authenticator.Network = "regtest"
	file.Authenticator.LNDHost = cfg.LND.RPCAddr
	file.Authenticator.TLSPath = cfg.LND.TLSCertPath
	file.Authenticator.MacDir = macDir
	for _, s := range cfg.Services {
		if s.HostRegexp == "" {
			s.HostRegexp = ".*"
		}
		if s.Protocol == "" {
			s.Protocol = "http"
		}
		if s.Auth == "" {
			s.Auth = "on"
		}
		file.Services = append(file.Services, s)
	}
	raw, err := yaml.Marshal(file)
	if err != nil {
		return fmt.Errorf("aperture %s: write configuration: %w", a.Name, err)
	}
	if err := os.WriteFile(a.ConfigPath, raw, 0o600); err != nil {
		return fmt.Errorf("aperture %s: write configuration: %w", a.Name, err)
	}
	return nil
}

func (a *Aperture) begin(ctx context.Context) error {
	proc, err := startProcess(spec{
		name: "aperture " + a.Name, path: a.bin, home: a.Dir,
		log:  filepath.Join(a.Dir, "console.log"),
		args: []string{"--configfile=" + a.ConfigPath},
	})
	if err != nil {
		return err
	}
	a.mu.Lock()
	a.proc = proc
	a.mu.Unlock()
	err = proc.await(ctx, "it listens on "+a.Addr, func(ctx context.Context) error {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp4", a.Addr)
		if err != nil {
			return err
		}
		return conn.Close()
	})
	if err != nil {
		proc.kill()
	}
	return err
}

func (a *Aperture) process() *process {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.proc
}

// Stop ends aperture in good order.
func (a *Aperture) Stop(ctx context.Context) error { return a.process().stop(ctx) }

// Start starts aperture again after Stop, or after it ended by itself, with
// the same address, configuration and tokens.
func (a *Aperture) Start(ctx context.Context) error {
	select {
	case <-a.process().done:
	default:
		return fmt.Errorf("%w: aperture %s", ErrRunning, a.Name)
	}
	if err := listenable(a.Addr); err != nil {
		return fmt.Errorf("aperture %s: %w", a.Name, err)
	}
	return a.begin(ctx)
}
