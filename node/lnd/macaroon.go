package lnd

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/lightningnetwork/lnd/lnrpc"
	"google.golang.org/protobuf/proto"
	"gopkg.in/macaroon.v2"

	"github.com/econd/econd/node/lndconn"
)

// Role is a part of the client with a macaroon of its own.
type Role string

// The parts.
const (
	RolePay    Role = "pay"
	RoleRecv   Role = "recv"
	RoleAnchor Role = "anchor"
)

// grant is what a role's macaroon must and may allow, as gRPC methods, and
// the root key it is baked under in the suggested command.
type grant struct {
	rootKey  int
	required []string
	optional []string
}

var grants = map[Role]grant{
	RolePay: {21, []string{
		"/lnrpc.Lightning/GetInfo",
		"/lnrpc.Lightning/DecodePayReq",
		"/lnrpc.Lightning/ListPayments",
		"/routerrpc.Router/SendPaymentV2",
		"/routerrpc.Router/TrackPaymentV2",
	}, []string{
		"/lnrpc.Lightning/ChannelBalance",
		"/routerrpc.Router/TrackPayments",
	}},
	RoleRecv: {22, []string{
		"/lnrpc.Lightning/GetInfo",
		"/lnrpc.Lightning/AddInvoice",
		"/lnrpc.Lightning/ListInvoices",
		"/invoicesrpc.Invoices/AddHoldInvoice",
		"/invoicesrpc.Invoices/SettleInvoice",
		"/invoicesrpc.Invoices/CancelInvoice",
		"/invoicesrpc.Invoices/LookupInvoiceV2",
	}, nil},
	RoleAnchor: {23, []string{
		"/lnrpc.Lightning/GetTransactions",
		"/walletrpc.WalletKit/EstimateFee",
		"/walletrpc.WalletKit/FundPsbt",
		"/walletrpc.WalletKit/FinalizePsbt",
		"/walletrpc.WalletKit/LeaseOutput",
		"/walletrpc.WalletKit/ReleaseOutput",
		"/walletrpc.WalletKit/PublishTransaction",
		"/walletrpc.WalletKit/GetTransaction",
		"/chainrpc.ChainKit/GetBestBlock",
		"/chainrpc.ChainKit/GetBlockHash",
		"/chainrpc.ChainKit/GetBlockHeader",
		"/chainrpc.ChainNotifier/RegisterConfirmationsNtfn",
		"/chainrpc.ChainNotifier/RegisterBlockEpochNtfn",
	}, []string{
		"/walletrpc.WalletKit/ListLeases",
		"/walletrpc.WalletKit/ListUnspent",
		"/walletrpc.WalletKit/BumpFee",
		"/lnrpc.Lightning/WalletBalance",
	}},
}

// Permissions lists the gRPC methods that the role's macaroon must allow.
func Permissions(role Role) []string { return slices.Clone(grants[role].required) }

// BakeCommand returns the shell command that makes the role's macaroon with
// lncli, saves it to a file and lets its owner alone read it at any instant,
// which lncli does not. An empty file is pay.mac, recv.mac or anchor.mac in the working directory.
func BakeCommand(role Role, file string) string {
	if file == "" {
		file = string(role) + ".mac"
	}
	return lndconn.BakeCommand(grants[role].rootKey, file, grants[role].required)
}

// checkMacaroon refuses a macaroon that can do more than its role needs, or
// less. LND writes the permissions into the macaroon's identifier, so that is
// known before the first call. (Caveats can narrow them further, which shows
// at the first call only.) The command that it names saves to the same file, and
// never over an admin.macaroon.
func checkMacaroon(role Role, file string, raw []byte) error {
	if filepath.Base(file) == "admin.macaroon" {
		return fmt.Errorf("%w: %s: admin.macaroon can empty the node; make "+
			"one for this use alone: %s", ErrPermission, role,
			BakeCommand(role, ""))
	}
	allowed, err := permissions(raw)
	if err != nil {
		return fmt.Errorf("%w: %s macaroon %s: %w", ErrConfig, role, file,
			err)
	}
	g := grants[role]
	for _, a := range allowed {
		if !slices.Contains(g.required, a) && !slices.Contains(g.optional, a) {
			return fmt.Errorf("%w: %s macaroon %s allows %s, which this "+
				"part never needs; make a narrower one: %s",
				ErrPermission, role, file, a, BakeCommand(role, file))
		}
	}
	for _, r := range g.required {
		if !slices.Contains(allowed, r) {
			return fmt.Errorf("%w: %s macaroon %s lacks %s; make one "+
				"that has it: %s", ErrPermission, role, file, r,
				BakeCommand(role, file))
		}
	}
	return nil
}

// permissions lists what a macaroon of LND's allows: gRPC methods, or
// "entity:action" for its coarser permissions.
func permissions(raw []byte) ([]string, error) {
	var mac macaroon.Macaroon
	if err := mac.UnmarshalBinary(raw); err != nil {
		return nil, fmt.Errorf("not a macaroon: %w", err)
	}
	// The bakery's version 3 puts one byte before the message.
	id := mac.Id()
	if len(id) == 0 || id[0] != 3 {
		return nil, fmt.Errorf("not a macaroon of LND's: identifier is not " +
			"of version 3")
	}
	var msg lnrpc.MacaroonId
	if err := proto.Unmarshal(id[1:], &msg); err != nil {
		return nil, fmt.Errorf("not a macaroon of LND's: %w", err)
	}
	var out []string
	for _, op := range msg.Ops {
		for _, action := range op.Actions {
			if op.Entity == "uri" {
				out = append(out, action)
				continue
			}
			out = append(out, op.Entity+":"+action)
		}
	}
	return out, nil
}
