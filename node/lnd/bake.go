package lnd

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/lightningnetwork/lnd/lnrpc"
	"github.com/lightningnetwork/lnd/lnrpc/chainrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/econd/econd/node/lndconn"
)

// Bake has LND make the narrow macaroons of some roles, with one that may bake: LND's
// admin.macaroon, which is used for these calls and neither kept nor logged. LND is
// asked first whether it is on that network; another is an node.ErrOtherNetwork. Each answer is
// checked as Dial checks it.
func Bake(ctx context.Context, address, tlsCertPath string, network *chaincfg.Params, admin []byte, roles ...Role) (map[Role][]byte, error) {
	tls, err := credentials.NewClientTLSFromFile(tlsCertPath, "")
	if err != nil {
		return nil, fmt.Errorf("%w: TLS certificate: %w", ErrConfig, err)
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(tls),
		grpc.WithPerRPCCredentials(lndconn.Macaroon(hex.EncodeToString(admin))))
	if err != nil {
		return nil, fmt.Errorf("%w: address: %w", ErrConfig, err)
	}
	defer conn.Close()
	lightning := lnrpc.NewLightningClient(conn)
	asked := &Client{cfg: Config{Address: address, CallTimeout: DefaultCallTimeout},
		recvLightning: lightning, chainKit: chainrpc.NewChainKitClient(conn)}
	if err := asked.askNetwork(ctx, network); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, DefaultCallTimeout)
	defer cancel()
	baked := map[Role][]byte{}
	for _, role := range roles {
		g := grants[role]
		req := &lnrpc.BakeMacaroonRequest{RootKeyId: uint64(g.rootKey)}
		for _, method := range g.required {
			req.Permissions = append(req.Permissions, &lnrpc.MacaroonPermission{Entity: "uri", Action: method})
		}
		resp, err := lightning.BakeMacaroon(ctx, req)
		if err != nil {
			return nil, wrap(fmt.Sprintf("bake the %s macaroon", role), err)
		}
		if baked[role], err = hex.DecodeString(resp.Macaroon); err != nil {
			return nil, fmt.Errorf("lnd: bake the %s macaroon: malformed answer", role)
		}
		if err := checkMacaroon(role, string(role)+".mac", baked[role]); err != nil {
			return nil, err
		}
	}
	return baked, nil
}
