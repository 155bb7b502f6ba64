package grpcapi

import "github.com/econd/econd/node/ledger"

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
