package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/ballotstore"
)

// openStopped opens the node of an econd that is stopped, for a command that writes to its log.
// The caller closes it.
func openStopped(cfg config, errOut io.Writer) (*daemon, error) {
	log, err := newLogger("error+1", logText, errOut) // what is wrong stands in the answer
	if err != nil {
		return nil, err
	}
	d := &daemon{cfg: cfg, log: log, metrics: prometheus.NewRegistry()}
	if err := d.openNode(); err != nil {
		d.close()
		if errors.Is(err, ballotstore.ErrLocked) {
			err = fmt.Errorf("econd is running: stop it first (end the process by SIGTERM, or its service), then call this again: %w", err)
		}
		return nil, err
	}
	return d, nil
}

// compareStopped compares the log with LND, and tells whether it is one that was restored or
// lost its end.
func (d *daemon) compareStopped(ctx context.Context) (compared node.Comparison, lost bool, err error) {
	lost = len(d.node.Recovery()) > 0
	if compared, err = d.node.Compare(ctx, d.client, lost); err != nil {
		return compared, lost, fmt.Errorf("LND cannot be compared with the log; start it and call this again: %w", err)
	}
	d.node.Heed(compared)
	return compared, lost, nil
}
