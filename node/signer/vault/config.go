package vault

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/openbao/openbao/api/v2"
)

// The defaults of a Config.
const (
	DefaultMount   = "secret"
	DefaultAppRole = "approle"
	DefaultTimeout = 10 * time.Second

	// FirstVersion is what Put writes, and what is read unless another version is named.
	FirstVersion = 1
)

// How often and after which pauses a call is repeated.
const (
	retries    = 4
	firstPause = 250 * time.Millisecond
	lastPause  = 4 * time.Second
)

// maxBody bounds every answer, in bytes.
const maxBody = 256 << 10

// Config says where the key lies and how one gets in. One of RoleID and TokenFile is given, or
// neither: the token is then taken from BAO_TOKEN, else VAULT_TOKEN, at each login.
type Config struct {
	Address   string // https://host:port; http only to this machine
	Namespace string // empty: that of the address
	Mount     string // of a KV store of version 2; empty: DefaultMount
	Path      string // of the key below the mount, like econd/agents/alice
	Version   int    // that is read; 0: FirstVersion

	RoleID       string // of an AppRole
	SecretIDFile string // with the secret_id of the AppRole; read at each login
	AppRoleMount string // where AppRole logs in; empty: DefaultAppRole
	TokenFile    string // with a token; read at each login

	CAFile  string        // PEM; empty: the system's certificates
	Timeout time.Duration // of one request; 0: DefaultTimeout

	dial func(*http.Transport) // for tests in memory
}

// segments are the names that a mount, a path or a namespace is made of. What a URL would escape or
// a policy would read as a pattern is left out.
var segments = regexp.MustCompile(`^[A-Za-z0-9._@-]+(/[A-Za-z0-9._@-]+)*$`)

func (c *Config) complete() error {
	for _, m := range []struct {
		name     string
		to       *string
		fallback string
		optional bool
	}{
		{"Namespace", &c.Namespace, "", true}, {"Mount", &c.Mount, DefaultMount, false},
		{"Path", &c.Path, "", false}, {"AppRoleMount", &c.AppRoleMount, DefaultAppRole, false},
	} {
		*m.to = strings.Trim(*m.to, "/")
		if *m.to == "" {
			*m.to = m.fallback
		}
		if *m.to == "" && m.optional {
			continue
		}
		if len(*m.to) > 512 || !segments.MatchString(*m.to) || strings.Contains("/"+*m.to+"/", "/./") || strings.Contains("/"+*m.to+"/", "/../") {
			return fmt.Errorf("%s: must be names of letters, digits and . _ @ - with / between them", m.name)
		}
	}
	switch {
	case c.Version < 0:
		return fmt.Errorf("Version: is %d, must be at least 1", c.Version)
	case c.Version == 0:
		c.Version = FirstVersion
	}
	switch {
	case c.RoleID != "" && c.TokenFile != "":
		return errors.New("TokenFile: is given beside a RoleID; one of the two lets in")
	case (c.RoleID == "") != (c.SecretIDFile == ""):
		return errors.New("SecretIDFile: goes with a RoleID, and a RoleID with it")
	}
	switch {
	case c.Timeout < 0:
		return fmt.Errorf("Timeout: is %s, must be above 0", c.Timeout)
	case c.Timeout == 0:
		c.Timeout = DefaultTimeout
	}
	return c.checkAddress()
}

func (c *Config) checkAddress() error {
	u, err := url.Parse(c.Address)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return errors.New("Address: must be like https://vault.example:8200, without path, query or password")
	}
	ip := net.ParseIP(u.Hostname())
	switch {
	case u.Scheme == "https":
	case u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()):
	default:
		return errors.New("Address: must begin with https, or the key would cross the network in the clear; http is for this machine alone")
	}
	c.Address = u.Scheme + "://" + u.Host
	return nil
}

// client makes the client of the API. Nothing of it comes from the environment.
func (c *Config) client() (*api.Client, error) {
	cfg := api.NewConfig()
	if cfg.Error != nil {
		return nil, cfg.Error
	}
	cfg.Address, cfg.Timeout = c.Address, c.whole()
	cfg.MaxRetries, cfg.MinRetryWait, cfg.MaxRetryWait, cfg.Backoff = retries, firstPause, lastPause, pause
	if c.CAFile != "" {
		if err := cfg.ConfigureTLS(&api.TLSConfig{CACert: c.CAFile}); err != nil {
			return nil, fmt.Errorf("CAFile: %w", err)
		}
	}
	transport, ok := cfg.HttpClient.Transport.(*http.Transport)
	if !ok {
		return nil, errors.New("the client's transport is unknown")
	}
	transport.ResponseHeaderTimeout = c.Timeout
	transport.MaxResponseHeaderBytes = 64 << 10
	if c.dial != nil {
		c.dial(transport)
	}
	cfg.HttpClient.Transport = bounded{transport}
	cfg.HttpClient.Timeout = c.Timeout
	client, err := api.NewClient(cfg)
	if err != nil {
		return nil, errors.New("Address: is none that the client takes")
	}
	if c.Namespace != "" {
		client.SetNamespace(c.Namespace)
	}
	return client, nil
}

// whole bounds a call with all its repetitions.
func (c *Config) whole() time.Duration { return (retries+1)*c.Timeout + retries*lastPause }

// pause doubles from least on; what the server asks for is given within most.
func pause(least, most time.Duration, attempt int, resp *http.Response) time.Duration {
	wait := least << min(attempt, 16)
	if resp != nil {
		if asked, err := time.ParseDuration(resp.Header.Get("Retry-After") + "s"); err == nil {
			wait = max(wait, asked)
		}
	}
	return min(wait, most)
}

// bounded lets no answer be longer than maxBody.
type bounded struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(req)
	if err == nil {
		resp.Body = http.MaxBytesReader(nil, resp.Body, maxBody)
	}
	return resp, err
}
