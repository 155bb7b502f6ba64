package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/outbound"
	"github.com/econd/econd/node/payees"
)

type payeesConfig struct {
	Enabled       bool     `yaml:"enabled" doc:"false: wallets pay invoices and nodes alone"`
	AllowNetworks []string `yaml:"allow_networks,flow" doc:"private networks that may be called, by http, too"`
	CAFile        string   `yaml:"ca_file" doc:"PEM; empty: the certificate authorities of the system"`
}

func defaultPayees() payeesConfig { return payeesConfig{Enabled: true, AllowNetworks: []string{}} }

func (c payeesConfig) validate() error {
	_, err := c.networks()
	return err
}

func (c payeesConfig) networks() ([]netip.Prefix, error) {
	return parseNetworks("payees.allow_networks", c.AllowNetworks)
}

// openPayees makes what asks those whom spends pay; none where the operator has turned it off, or
// has no macaroon to pay with.
func (d *daemon) openPayees(network string) error {
	if !d.cfg.Payees.Enabled || d.cfg.LND.PayMacaroon == "" {
		return nil
	}
	networks, err := d.cfg.Payees.networks()
	if err != nil {
		return err
	}
	roots, err := rootsIn("payees.ca_file", d.cfg.Payees.CAFile)
	if err != nil {
		return err
	}
	http, err := outbound.New(outbound.Config{UserAgent: "econd/" + d.build.Version, Allow: networks, RootCAs: roots})
	if err != nil {
		return err
	}
	d.payees, err = payees.New(payees.Config{HTTP: http, Book: d.spends, Prefix: ledger.InvoicePrefix(network), Now: time.Now})
	return err
}

// asks is nil where nobody is asked.
func (d *daemon) asks() node.Payees {
	if d.payees == nil {
		return nil
	}
	return d.payees
}

// rootsIn reads the certificate authorities in a file; nil, those of the system, where none is named.
func rootsIn(key, file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pool := x509.NewCertPool()
	pem, err := os.ReadFile(file)
	if err == nil && !pool.AppendCertsFromPEM(pem) {
		err = errors.New("holds no certificate in PEM")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	return pool, nil
}
