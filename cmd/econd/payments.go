package main

import "github.com/econd/econd/node"

// payments is nil without a macaroon to pay with.
func (d *daemon) payments() node.Payments {
	if d.cfg.LND.PayMacaroon == "" {
		d.log.Info("payments are off: lnd.pay_macaroon is empty; what proposals pay stays pending")
		return nil
	}
	return d.client
}
