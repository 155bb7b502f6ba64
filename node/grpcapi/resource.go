package grpcapi

import (
	"strings"

	"google.golang.org/grpc"

	"github.com/econd/econd/node/ledger"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// methodPrefix starts the full name of every method of econd's services, which
// is also the path of its calls.
const methodPrefix = "/econd.v1."

// services are those of the package econd.v1, in the order of their files.
var services = []grpc.ServiceDesc{
	econdv1.Econd_ServiceDesc,
	econdv1.Treasury_ServiceDesc,
	econdv1.Reputation_ServiceDesc,
	econdv1.Delegations_ServiceDesc,
	econdv1.Guardians_ServiceDesc,
	econdv1.Decisions_ServiceDesc,
	econdv1.Participation_ServiceDesc,
	econdv1.Exits_ServiceDesc,
	econdv1.Figures_ServiceDesc,
	econdv1.Disputes_ServiceDesc,
	econdv1.Notifications_ServiceDesc,
}

// resources maps each method, as SERVICE/METHOD, to its resource, parallel to
// node.ResourceOf.
var resources = map[string]string{
	"Econd/Submit":              ledger.ResourceOperations,
	"Econd/SubmitStream":        ledger.ResourceOperations,
	"Econd/GetInfo":             "",
	"Econd/GetConstitution":     ledger.ResourceQueries,
	"Econd/GetOperation":        ledger.ResourceQueries,
	"Econd/GetOperationProof":   ledger.ResourceProofs,
	"Econd/GetAgent":            ledger.ResourceQueries,
	"Econd/ListAgents":          ledger.ResourceQueries,
	"Econd/GetProposal":         ledger.ResourceQueries,
	"Econd/ListProposals":       ledger.ResourceQueries,
	"Econd/ExplainProposal":     ledger.ResourceQueries,
	"Econd/ListBallots":         ledger.ResourceQueries,
	"Econd/GetBallotProof":      ledger.ResourceProofs,
	"Econd/GetStake":            "",
	"Econd/ListStakes":          "",
	"Econd/LatestCheckpoint":    "",
	"Econd/GetConsistencyProof": "",
	"Econd/ListAnchors":         "",
	"Econd/Subscribe":           ledger.ResourceEvents,

	"Treasury/ListPools":   ledger.ResourceQueries,
	"Treasury/ListPayouts": ledger.ResourceQueries,
	"Treasury/GetPayout":   "",

	"Reputation/GetReputation": ledger.ResourceQueries,
	"Reputation/ListSources":   ledger.ResourceQueries,
	"Reputation/ListStandings": ledger.ResourceQueries,
	"Reputation/GetStatement":  ledger.ResourceQueries,

	"Delegations/ListDelegations": ledger.ResourceQueries,
	"Delegations/ListStatements":  ledger.ResourceQueries,

	"Guardians/ListPauses":       ledger.ResourceQueries,
	"Guardians/ListPauseMotions": ledger.ResourceQueries,

	"Decisions/ListConstitutionVersions": ledger.ResourceQueries,
	"Decisions/GetConstitutionVersion":   ledger.ResourceQueries,
	"Decisions/ListRegistry":             ledger.ResourceQueries,
	"Decisions/GetRegistryEntry":         ledger.ResourceQueries,
	"Decisions/ListGrants":               ledger.ResourceQueries,
	"Decisions/GetGrant":                 ledger.ResourceQueries,
	"Decisions/ListBudgets":              ledger.ResourceQueries,

	"Exits/QuoteExit": ledger.ResourceQueries,

	"Disputes/ListDisputes":           ledger.ResourceQueries,
	"Disputes/GetDispute":             ledger.ResourceQueries,
	"Disputes/ListJurors":             ledger.ResourceQueries,
	"Disputes/GetJuror":               ledger.ResourceQueries,
	"Participation/GetParticipation":  ledger.ResourceQueries,
	"Participation/GetDelegateReport": ledger.ResourceQueries,
	"Participation/ListTurnout":       ledger.ResourceQueries,
	"Figures/ListMetrics":             ledger.ResourceQueries,
	"Figures/ListFigures":             ledger.ResourceQueries,
	"Figures/ListRules":               ledger.ResourceQueries,
	"Notifications/WatchNotices":      ledger.ResourceEvents,
}

// ResourceOf maps the full name of a method ("/econd.v1.Econd/Submit") to the
// resource whose price applies; "" is always free. Methods of econd.v1 that
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
