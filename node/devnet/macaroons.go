package devnet

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lightningnetwork/lnd/lnrpc"
)

// The calls that econd makes, one list per macaroon: the least that its
// paying, receiving and anchoring parts work with. Each list has a root key of
// its own, so that `lncli deletemacaroonid` revokes one without the others.
var (
	// PayURIs are the calls of pay.mac: sending payments.
	PayURIs = []string{
		"/lnrpc.Lightning/GetInfo",
		"/lnrpc.Lightning/DecodePayReq",
		"/lnrpc.Lightning/ChannelBalance",
		"/lnrpc.Lightning/ListPayments",
		"/routerrpc.Router/SendPaymentV2",
		"/routerrpc.Router/TrackPaymentV2",
		"/routerrpc.Router/TrackPayments",
	}

	// RecvURIs are the calls of recv.mac: invoices and holds.
	RecvURIs = []string{
		"/lnrpc.Lightning/GetInfo",
		"/lnrpc.Lightning/AddInvoice",
		"/lnrpc.Lightning/ListInvoices",
		"/invoicesrpc.Invoices/AddHoldInvoice",
		"/invoicesrpc.Invoices/SettleInvoice",
		"/invoicesrpc.Invoices/CancelInvoice",
		"/invoicesrpc.Invoices/LookupInvoiceV2",
	}

	// AnchorURIs are the calls of anchor.mac: publishing commitments and
	// keeping the change that carries their line.
	AnchorURIs = []string{
		"/walletrpc.WalletKit/EstimateFee",
		"/walletrpc.WalletKit/FundPsbt",
		"/walletrpc.WalletKit/FinalizePsbt",
		"/walletrpc.WalletKit/LeaseOutput",
		"/walletrpc.WalletKit/ListLeases",
		"/walletrpc.WalletKit/ListUnspent",
		"/walletrpc.WalletKit/ReleaseOutput",
		"/walletrpc.WalletKit/PublishTransaction",
		"/walletrpc.WalletKit/BumpFee",
		"/walletrpc.WalletKit/GetTransaction",
		"/lnrpc.Lightning/WalletBalance",
		"/lnrpc.Lightning/GetTransactions",
		"/chainrpc.ChainKit/GetBestBlock",
		"/chainrpc.ChainKit/GetBlockHash",
		"/chainrpc.ChainKit/GetBlockHeader",
		"/chainrpc.ChainNotifier/RegisterConfirmationsNtfn",
		"/chainrpc.ChainNotifier/RegisterBlockEpochNtfn",
	}

	// ApertureURIs are the calls of the invoice.macaroon of an aperture. The
	// last two are made with StrictVerify only.
	ApertureURIs = []string{
		"/lnrpc.Lightning/AddInvoice",
		"/lnrpc.Lightning/ListInvoices",
		"/lnrpc.Lightning/SubscribeInvoices",
	}
)

// Root key ids of the macaroons above. 0 is lnd's own.
const (
	PayRootKey      uint64 = 21
	RecvRootKey     uint64 = 22
	AnchorRootKey   uint64 = 23
	ApertureRootKey uint64 = 24
)

// BakeMacaroon writes to path a macaroon that allows exactly the given gRPC
// methods ("/package.Service/Method") and hangs on the given root key. The
// file is readable by its owner only.
func (l *LND) BakeMacaroon(ctx context.Context, path string, rootKeyID uint64, uris ...string) error {
	req := &lnrpc.BakeMacaroonRequest{RootKeyId: rootKeyID}
	for _, uri := range uris {
		req.Permissions = append(req.Permissions,
			&lnrpc.MacaroonPermission{Entity: "uri", Action: uri})
	}
	resp, err := lnrpc.NewLightningClient(l.conn).BakeMacaroon(ctx, req)
	if err != nil {
		return fmt.Errorf("lnd %s: bake %s: %w", l.Name, filepath.Base(path), err)
	}
	raw, err := hex.DecodeString(resp.Macaroon)
	if err != nil {
		return fmt.Errorf("lnd %s: bake %s: %w", l.Name, filepath.Base(path), err)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		return fmt.Errorf("lnd %s: write macaroon: %w", l.Name, err)
	}
	return nil
}

// EcondMacaroons are the paths of the three macaroons that econd runs with.
type EcondMacaroons struct {
	Pay, Recv, Anchor string
}

// BakeEcondMacaroons writes pay.mac, recv.mac and anchor.mac into dir, which
// it makes if need be.
func BakeEcondMacaroons(ctx context.Context, l *LND, dir string) (EcondMacaroons, error) {
	if _, err := mkdir(dir); err != nil {
		return EcondMacaroons{}, err
	}
	m := EcondMacaroons{
		Pay:    filepath.Join(dir, "pay.mac"),
		Recv:   filepath.Join(dir, "recv.mac"),
		Anchor: filepath.Join(dir, "anchor.mac"),
	}
	for _, bake := range []struct {
		path    string
		rootKey uint64
		uris    []string
	}{
		{m.Pay, PayRootKey, PayURIs},
		{m.Recv, RecvRootKey, RecvURIs},
		{m.Anchor, AnchorRootKey, AnchorURIs},
	} {
		if err := l.BakeMacaroon(ctx, bake.path, bake.rootKey, bake.uris...); err != nil {
			return EcondMacaroons{}, err
		}
	}
	return m, nil
}
