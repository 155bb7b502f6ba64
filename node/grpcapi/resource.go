package grpcapi

import "github.com/econd/econd/node/constitution"

// resources maps each method, as SERVICE/METHOD, to its resource, parallel to
// node.ResourceOf.
var resources = map[string]string{
	"Econd/Submit":              constitution.ResourceOperations,
	"Econd/SubmitStream":        constitution.ResourceOperations,
	"Econd/GetInfo":             "",
	"Econd/GetConstitution":     constitution.ResourceQueries,
	"Econd/GetOperation":        constitution.ResourceQueries,
	"Econd/GetOperationProof":   constitution.ResourceProofs,
	"Econd/GetAgent":            constitution.ResourceQueries,
	"Econd/ListAgents":          constitution.ResourceQueries,
	"Econd/GetStake":            "",
	"Econd/ListStakes":          "",
	"Econd/LatestCheckpoint":    "",
	"Econd/GetConsistencyProof": "",
	"Econd/ListAnchors":         "",
	"Econd/Subscribe":           constitution.ResourceEvents,

	"Treasury/ListPools":   constitution.ResourceQueries,
	"Treasury/ListPayouts": constitution.ResourceQueries,
	"Treasury/GetPayout":   "",

	"Reputation/GetReputation": constitution.ResourceQueries,
	"Reputation/ListSources":   constitution.ResourceQueries,
	"Reputation/ListStandings": constitution.ResourceQueries,
	"Reputation/GetStatement":  constitution.ResourceQueries,

	"Delegations/ListDelegations": constitution.ResourceQueries,
	"Delegations/ListStatements":  constitution.ResourceQueries,

	"Guardians/ListPauses":       constitution.ResourceQueries,
	"Guardians/ListPauseMotions": constitution.ResourceQueries,

	"Decisions/ListConstitutionVersions": constitution.ResourceQueries,
	"Decisions/GetConstitutionVersion":   constitution.ResourceQueries,
	"Decisions/ListRegistry":             constitution.ResourceQueries,
	"Decisions/GetRegistryEntry":         constitution.ResourceQueries,
	"Decisions/ListGrants":               constitution.ResourceQueries,
	"Decisions/GetGrant":                 constitution.ResourceQueries,
	"Decisions/ListBudgets":              constitution.ResourceQueries,

	"Disputes/ListDisputes":           constitution.ResourceQueries,
	"Disputes/GetDispute":             constitution.ResourceQueries,
	"Disputes/ListJurors":             constitution.ResourceQueries,
	"Disputes/GetJuror":               constitution.ResourceQueries,
	"Participation/GetParticipation":  constitution.ResourceQueries,
	"Participation/GetDelegateReport": constitution.ResourceQueries,
	"Participation/ListTurnout":       constitution.ResourceQueries,
	"Figures/ListMetrics":             constitution.ResourceQueries,
	"Figures/ListFigures":             constitution.ResourceQueries,
	"Figures/ListRules":               constitution.ResourceQueries,
	"Notifications/WatchNotices":      constitution.ResourceEvents,
}
