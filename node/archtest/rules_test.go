package archtest

// module is the import path of the project.
const module = "github.com/econd/econd"

// importRule forbids packages to import others. Patterns are import paths
// relative to the module ("voting", "node/...") or foreign ones; a trailing
// "/..." also matches everything below. deep rules look at all dependencies,
// not only at direct imports.
type importRule struct {
	packages []string
	never    []string
	deep     bool
	why      string
}

// leaves import nothing of the module and hold no rule of a domain, so that
// every package may import them, whatever its rule forbids by a "/..." pattern.
var leaves = []string{"node/member", "node/muldiv", "node/refusal"}

var adapters = []string{"node/ballotstore", "node/lnd", "node/httpapi", "node/grpcapi", "node/wallet", "node/wallet/lndwallet", "node/dashboard", "node/rootkeys", "node/balances", "node/subscriptions", "node/answers", "node/webhook"}

// ledgerInternal are the data structures of the ledger's state.
var ledgerInternal = []string{"node/ledger/internal/datedsums", "node/ledger/internal/deadlines", "node/ledger/internal/fenwick", "node/ledger/internal/history",
	"node/ledger/internal/idindex", "node/ledger/internal/keyorder", "node/ledger/internal/passing"}

var importRules = []importRule{
	{[]string{"reputation"}, []string{"voting", "stake", "l402", "node/...", "cmd/...", "time", "os", "net", "net/...", "log/..."}, false,
		"receipts in, scores out: no clock, no other domain"},
	{[]string{"voting"}, []string{"reputation", "stake", "l402", "node/...", "cmd/...", "time", "os", "net", "net/...", "log/..."}, false,
		"no clock, no storage, no other domain"},
	{[]string{"stake"}, []string{"reputation", "voting", "l402", "node/...", "cmd/...", "time", "os", "net", "net/...", "github.com/lightningnetwork/..."}, false,
		"the life of a hold knows neither Lightning nor the clock"},
	{[]string{"l402"}, []string{"net/http", "os", "github.com/lightningnetwork/...", "node/...", "reputation", "voting", "stake"}, false,
		"no HTTP server, no lnrpc, no files"},
	{leaves, []string{"cmd/...", "l402/...", "node/...", "proto/...", "reputation/...", "stake/...", "voting/...", "time", "os", "net", "net/...", "context", "log/..."}, false,
		"a leaf imports nothing of the module"},
	{[]string{"node/op"}, []string{"node", "node/ledger", "reputation", "voting", "stake", "l402", "time", "os", "net", "net/..."}, false,
		"the envelope knows nothing of the node"},
	{[]string{"node/statement"}, append([]string{"node", "node/ledger", "os", "net", "net/...", "context", "log/..."}, adapters...), false,
		"what is signed depends on neither node nor network"},
	{[]string{"node/constitution"}, append([]string{"node", "node/ledger", "node/audit", "os", "net", "net/...", "time", "context", "log/...", "github.com/goccy/..."}, adapters...), false,
		"a constitution says what holds, not what entries do"},
	{[]string{"node/constitution/yamlfile", "node/constitution/schema"}, append([]string{"node", "node/ledger", "net", "net/..."}, adapters...), false,
		"what people write is held against the constitution alone"},
	{[]string{"node/ledger"}, append([]string{"node", "node/anchor", "node/devnet/...", "os", "net", "net/...", "context", "log/..."}, adapters...), false,
		"rules depend on no adapter"},
	{[]string{"node/merkle"}, append([]string{"node", "node/ledger", "reputation", "voting", "stake", "os", "net", "net/...", "time", "context"}, adapters...), false,
		"a tree knows nothing of what its leaves say"},
	{[]string{"node/headers"}, []string{"node/...", "reputation", "voting", "stake", "l402", "os", "net", "net/...", "time", "context", "log/...",
		"github.com/btcsuite/..."}, false, "what a header says depends on no other reader of headers"},
	{ledgerInternal, append([]string{"node", "node/ledger", "reputation", "voting", "stake", "os", "net", "net/...", "time", "context"}, adapters...), false,
		"data structures know no rule"},
	{[]string{"node/mpp"}, []string{"cmd/...", "l402/...", "node/...", "os", "net", "net/...", "context", "log/..."}, false,
		"a scheme is read and written, whoever speaks it"},
	{[]string{"node/charge"}, append([]string{"node", "node/ledger", "os", "net", "net/...", "context", "log/..."}, adapters...), false,
		"what is asked for depends neither on HTTP nor on who pays"},
	{[]string{"node/bolt11"}, []string{"node/...", "reputation", "voting", "stake", "l402", "os", "net", "net/...", "time", "context", "log/...",
		"github.com/lightningnetwork/..."}, false, "what an invoice says depends on no other reader of invoices"},
	{[]string{"node/budget", "node/breaker"}, []string{"node/...", "reputation", "voting", "stake", "l402", "os", "net", "net/...", "context", "log/..."}, false,
		"what may be spent depends on what it was given alone"},
	{[]string{"node/template"}, append([]string{"node", "node/ledger", "reputation", "voting", "stake", "os", "net", "net/...", "time", "context"}, adapters...), false,
		"terms say nothing of the node"},
	{[]string{"node/view"}, append([]string{"node", "node/ledger", "node/read", "node/anchor", "reputation", "stake", "l402", "os", "net", "net/...", "time", "context", "log/..."}, adapters...), false,
		"what is shown knows nothing of the ledger that fills it"},
	{[]string{"node/read"}, append([]string{"node", "node/client", "node/devnet/...", "os", "net", "net/http", "time", "log/...", "google.golang.org/..."}, adapters...), false,
		"what is read knows neither who asks nor how"},
	{[]string{"node/notify"}, append([]string{"node", "node/notifier", "os", "net", "net/...", "context", "log/..."}, adapters...), false,
		"what an agent is told depends on the ledger alone"},
	{[]string{"node/notifier"}, append([]string{"net", "net/...", "os"}, adapters...), false,
		"notices are sent and stored through ports"},
	{[]string{"node/cursor"}, []string{"node", "node/...", "net", "net/...", "os", "time", "google.golang.org/..."}, false,
		"a cursor knows neither what is listed nor who asks"},
	{[]string{"node/admission"}, append([]string{"os", "net", "log/..."}, adapters...), false,
		"who is let in depends on no API"},
	{[]string{"node/shares"}, append([]string{"node", "node/ledger", "node/op", "net/http", "os", "time", "log/..."}, adapters...), false,
		"shares know neither HTTP nor the ledger"},
	{[]string{"node/trigger"}, append([]string{"node/...", "reputation", "voting", "stake", "os", "net", "net/...", "time", "context"}, adapters...), false,
		"a condition knows neither the node nor the clock"},
	{[]string{"node/notekey"}, []string{"node/...", "os", "net", "net/...", "time", "context", "log/..."}, false,
		"a key is a text"},
	{[]string{"node/logkey"}, append([]string{"node", "node/ledger", "node/op", "os", "net", "net/...", "time", "context", "log/..."}, adapters...), false,
		"by which key a head is signed depends on neither entries, clock, files nor network"},
	{[]string{"node/witness"}, append([]string{"node", "node/ledger", "node/op", "os", "net", "net/...", "time", "context", "log/..."}, adapters...), false,
		"what witnesses say depends on neither clock, files nor network"},
	{[]string{"node/anchor"}, []string{"net/http", "node/httpapi", "node/lnd", "node/ballotstore"}, false,
		"anchoring goes through ports"},
	{[]string{"node"}, append([]string{"github.com/lightningnetwork/..."}, adapters...), false,
		"the node declares ports and never imports its adapters"},
	{[]string{"node/audit"}, append([]string{"node", "net", "net/http", "github.com/lightningnetwork/lnd/lnrpc/...", "github.com/lightninglabs/aperture/..."}, adapters...), false,
		"an auditor trusts neither node nor network"},
	{[]string{"node/monitor"}, append([]string{"node", "node/ledger", "cmd/...", "google.golang.org/..."}, adapters...), false,
		"who watches an operator has what everybody has: its answers, and the auditor"},
	{[]string{"node/devnet"}, []string{"reputation", "voting", "stake", "node/ledger", "node"}, false,
		"the test network knows no rule"},
	{[]string{"node", "node/ledger", "node/audit", "node/sim", "cmd/econsim", "cmd/econaudit"}, []string{"github.com/lightningnetwork/..."}, true,
		"what an entry means does not depend on the version of LND's packages"},
	{[]string{"node/client", "node/keeper", "node/mcp"}, []string{"node/ledger", "node/constitution", "node/read", "node", "node/httpapi", "node/grpcapi"}, true,
		"a client knows no rule"},
	{[]string{"node/client", "node/keeper", "node/mcp", "node/wallet"}, []string{"github.com/lightningnetwork/...", "github.com/btcsuite/btcwallet/...", "google.golang.org/grpc"}, true,
		"who pays by other means compiles no lnd"},
	{[]string{"cmd/econctl"}, []string{"node/ledger", "node/read", "node"}, false,
		"econctl is made of the client"},
	{[]string{"cmd/econsim", "cmd/econaudit"}, []string{"github.com/lightninglabs/aperture/...", "google.golang.org/grpc"}, true,
		"auditor and simulator stay small"},
}

// purePackages have no clock, no I/O, no goroutine, no float in what they
// compute, and never range over a map.
var purePackages = append([]string{"reputation", "voting", "stake", "node/bolt11", "node/breaker", "node/budget", "node/constitution", "node/headers", "node/op", "node/ledger", "node/logkey", "node/member", "node/merkle", "node/muldiv", "node/notify", "node/offer", "node/refusal", "node/statement", "node/template", "node/trigger", "node/view"},
	ledgerInternal...)

// forkJoin lists the files of pure packages that may start goroutines, because
// they wait for all of them and the result does not depend on their number.
var forkJoin = []string{"reputation/parallel.go"}
