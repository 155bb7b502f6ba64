package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/grpcapi"
	"github.com/econd/econd/node/httpapi"
	"github.com/econd/econd/node/read"
)

// newAperture prints econd's part of aperture.yaml.
func newAperture() *cobra.Command {
	var path string
	c := &cobra.Command{
		Use:     "aperture",
		Short:   "Print what aperture.yaml needs, for the prices in force; econd must be running",
		Example: "  econd aperture --config ~/.econd/econd.yaml >> ~/.aperture/aperture.yaml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := readConfig(path)
			if err != nil {
				return err
			}
			if cfg.PricerListen == "" {
				return fmt.Errorf("pricer_listen: is empty, and aperture asks there for prices")
			}
			free, err := operationsFree(c.Context(), cfg)
			if err != nil {
				return err
			}
			warnOfURLs(c.ErrOrStderr(), cfg)
			return printAperture(c.OutOrStdout(), cfg, free)
		},
	}
	c.Flags().StringVar(&path, "config", "econd.yaml", "configuration file that econd init wrote")
	return c
}

// warnOfURLs says where econd would refuse what agents sign through aperture.
func warnOfURLs(out io.Writer, cfg config) {
	for _, base := range cfg.baseURLs() {
		if u, err := url.Parse(base); err != nil || u.Host != cfg.HTTPListen {
			return
		}
	}
	fmt.Fprintf(out, "econd: public_urls has only %s, econd's own address: agents that come through aperture cannot set webhooks until it has "+
		"the URL that they use\n", cfg.HTTPListen)
}

// operationsFree asks the running econd whether operations cost nothing now.
func operationsFree(ctx context.Context, cfg config) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	scheme, client := "http", &http.Client{}
	if cfg.TLSCert != "" {
		own, err := trustOwn(cfg)
		if err != nil {
			return false, err
		}
		scheme, client.Transport = "https", &http.Transport{TLSClientConfig: own}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+cfg.HTTPListen+"/v1/info", nil)
	if err != nil {
		return false, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return false, fmt.Errorf("ask econd for the prices in force: %w; start it with `econd run`", err)
	}
	defer resp.Body.Close()
	var info struct {
		Prices []constitution.Price `json:"prices"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&info); err != nil || len(info.Prices) == 0 {
		return false, fmt.Errorf("%s does not answer as an econd", req.URL.Host)
	}
	for _, p := range info.Prices {
		if p.Resource == constitution.ResourceOperations {
			return p.Sat == 0, nil
		}
	}
	return false, nil
}

// trustOwn trusts econd's own certificate, under a name that it has.
func trustOwn(cfg config) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(cfg.TLSCert, cfg.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("tls_cert, tls_key: %w", err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(pair.Leaf)
	c := &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	if len(pair.Leaf.DNSNames) > 0 {
		c.ServerName = pair.Leaf.DNSNames[0]
	}
	return c, nil
}

// apertureService is one service of aperture.yaml.
type apertureService struct {
	Name               string         `yaml:"name"`
	HostRegexp         string         `yaml:"hostregexp"`
	PathRegexp         string         `yaml:"pathregexp"`
	Address            string         `yaml:"address"`
	Protocol           string         `yaml:"protocol"`
	TLSCertPath        string         `yaml:"tlscertpath,omitempty"`
	Auth               string         `yaml:"auth"`
	DynamicPrice       aperturePricer `yaml:"dynamicprice"`
	AuthWhitelistPaths []string       `yaml:"authwhitelistpaths"`
}

type aperturePricer struct {
	Enabled     bool   `yaml:"enabled"`
	GRPCAddress string `yaml:"grpcaddress"`
	Insecure    bool   `yaml:"insecure"`
}

// apertureFile is what aperture.yaml needs for econd.
type apertureFile struct {
	WriteTimeout string            `yaml:"writetimeout"`
	Services     []apertureService `yaml:"services"`
}

// apertureWriteTimeout is for aperture's writetimeout, which ends a stream however
// alive it is: econd ends streams before, and aperture those whose reader takes nothing.
func apertureWriteTimeout() time.Duration {
	return max(httpapi.DefaultLimits().StreamLifetime, grpcapi.DefaultLimits().StreamLifetime) + 5*time.Minute
}

func printAperture(out io.Writer, cfg config, operationsFree bool) error {
	s := apertureService{Name: serviceName, HostRegexp: ".*", PathRegexp: read.AperturePathRegexp, Address: cfg.HTTPListen, Protocol: "http", Auth: "on",
		DynamicPrice:       aperturePricer{Enabled: true, GRPCAddress: cfg.PricerListen, Insecure: true},
		AuthWhitelistPaths: read.AperturePaths(operationsFree)}
	if cfg.TLSCert != "" {
		s.Protocol, s.TLSCertPath = "https", cfg.TLSCert
	}
	text, err := yaml.Marshal(apertureFile{apertureWriteTimeout().String(), []apertureService{s}})
	if err != nil {
		return err
	}
	_, err = out.Write(text)
	return err
}
