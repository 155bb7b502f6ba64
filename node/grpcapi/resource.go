package grpcapi

import (
	"strings"

	"github.com/econd/econd/node/ledger"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// methodPrefix starts the full name of every method of the service, which is
// also the path of its calls.
var methodPrefix = "/" + econdv1.Econd_ServiceDesc.ServiceName + "/"

// resources maps each method to its resource, parallel to node.ResourceOf.
var resources = map[string]string{
	"Submit":            ledger.ResourceOperations,
	"SubmitStream":      ledger.ResourceOperations,
	"GetInfo":           "",
	"GetOperation":      ledger.ResourceQueries,
	"GetOperationProof": ledger.ResourceProofs,
	"GetAgent":          ledger.ResourceQueries,
	"ListAgents":        ledger.ResourceQueries,
	"GetProposal":       ledger.ResourceQueries,
	"ListProposals":     ledger.ResourceQueries,
	"ListBallots":       ledger.ResourceQueries,
	"GetBallotProof":    ledger.ResourceProofs,
	"GetStake":          "",
	"LatestCheckpoint":  "",
	"ListAnchors":       "",
	"Subscribe":         ledger.ResourceEvents,
}

// ResourceOf maps the full name of a method ("/econd.v1.Econd/Submit") to the
// resource whose price applies; "" is always free. Methods of the service that
// it does not know cost a query, and known is false. Other services, such as
// health and reflection, are free.
func ResourceOf(fullMethod string) (resource string, known bool) {
	name, ours := strings.CutPrefix(fullMethod, methodPrefix)
	if !ours {
		return "", false
	}
	if resource, known = resources[name]; !known {
		return ledger.ResourceQueries, false
	}
	return resource, true
}
