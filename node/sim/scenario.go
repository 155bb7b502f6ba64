package sim

// Version is the version of the scenario file that this package reads.
const Version = 1

// Scenario is a scenario file, complete: every default is filled in and the
// constitution is whole. The tags are the file's rules; Schema and the strict
// reader both come from them.
type Scenario struct {
	Version      int64          `json:"version" min:"1" max:"1" doc:"version of this format"`
	Name         string         `json:"name" doc:"short name: a-z, 0-9 and '-'"`
	Question     string         `json:"question" default:"" doc:"what the runs are to answer"`
	Engine       string         `json:"engine" enum:"ledger|crowd" default:"ledger" doc:"ledger: every event is an entry; crowd: the same formulas over arrays, without entries, for millions of agents"`
	Seed         int64          `json:"seed" min:"0" max:"9007199254740991" doc:"of all randomness"`
	Replicates   Replicates     `json:"replicates" doc:"runs of each cell: a number, or min, max and half_width to stop once the answer is narrow enough"`
	Steps        int64          `json:"steps" min:"1" max:"10000" doc:"how often every agent acts"`
	StepS        int64          `json:"step_s" min:"60" max:"31622400" default:"86400" doc:"virtual seconds between steps"`
	SeriesEvery  int64          `json:"series_every" min:"0" max:"10000" default:"1" doc:"steps between two points of the series tables; 0: no series"`
	Signatures   bool           `json:"signatures" default:"false" doc:"sign and check every event; slower, same results"`
	Market       Market         `json:"market" default:"{}" doc:"how agents trade"`
	Populations  []Population   `json:"populations" least:"1" doc:"who takes part"`
	Guardians    *Guardians     `json:"guardians,omitempty" doc:"who may veto; none: the constitution's, who never look"`
	Proposals    []Proposal     `json:"proposals" default:"[]" doc:"what is voted on, and when"`
	Attack       *Attack        `json:"attack,omitempty" doc:"one population acts with a shared budget"`
	Constitution map[string]any `json:"constitution" default:"{}" doc:"changes to the default constitution, merged key by key; tracks, prices and pools go by name; null removes a key"`
	Sweep        *Sweep         `json:"sweep,omitempty" doc:"which parameters vary over the cells"`
	Report       Report         `json:"report" default:"{}" doc:"what the charts show"`
}

// Replicates says how often each cell is run. In a file it may be one number,
// which is both Min and Max.
type Replicates struct {
	Min int64 `json:"min" min:"1" max:"100000" doc:"runs that each cell has at least"`
	Max int64 `json:"max" min:"1" max:"100000" doc:"runs that each cell has at most"`
	// HalfWidth is in the metric's unit: 0.1 is ten percentage points of
	// attack_success and a tenth of a ballot.
	HalfWidth float64 `json:"half_width" min:"0" max:"9007199254740991" default:"0" doc:"a cell has enough runs once half of the 95 % interval of the metric is at most this, in the metric's unit; 0: only max ends it"`
	Metric    string  `json:"metric" default:"" doc:"which column of the runs table has to be narrow; none: attack_success with an attack, else wrong_outcomes"`
}

// Market says how agents trade.
type Market struct {
	Candidates int64 `json:"candidates" min:"1" max:"64" default:"3" doc:"a buyer looks at so many random sellers and takes the one with the best quality; 1: at random"`
	FeePpm     int64 `json:"fee_ppm" min:"0" max:"1000000" default:"1000" doc:"routing fee on every payment, paid by the buyer on top"`
}

// Population is a group of agents of one kind.
type Population struct {
	Name           string   `json:"name" doc:"unique: a-z, 0-9 and '-'"`
	Kind           string   `json:"kind" enum:"honest|lazy|malicious|noisy|llm-noisy|delegate-seeking|whale|sybil-ring" doc:"how its agents act"`
	Count          int64    `json:"count" min:"1" max:"100000000" doc:"agents; at most 100000 with the ledger"`
	JoinStep       int64    `json:"join_step" min:"0" max:"9999" default:"0" doc:"step in which they register"`
	StakeSat       int64    `json:"stake_sat" min:"0" max:"2100000000000000" default:"0" doc:"locked by each agent, on average"`
	StakeSpreadPpm int64    `json:"stake_spread_ppm" min:"0" max:"1000000" default:"0" doc:"each stake is drawn evenly from the average less and plus this share"`
	WalletSat      int64    `json:"wallet_sat" min:"0" max:"2100000000000000" default:"1000000" doc:"held by each agent beside its stake"`
	Sells          bool     `json:"sells" default:"false" doc:"whether its agents offer a service"`
	PriceSat       int64    `json:"price_sat" min:"1" max:"100000000" default:"100" doc:"of one service"`
	FailurePpm     int64    `json:"failure_ppm" min:"0" max:"1000000" default:"0" doc:"chance that a paid service fails"`
	BuysPerStep    int64    `json:"buys_per_step" min:"0" max:"1000" default:"0" doc:"services bought by each agent in a step"`
	BuysFrom       []string `json:"buys_from" default:"[]" doc:"populations to buy from; none: every seller"`
	RatePpm        int64    `json:"rate_ppm" min:"-1" max:"1000000" default:"-1" doc:"chance that a purchase is rated; -1: as usual for the kind"`
	TurnoutPpm     int64    `json:"turnout_ppm" min:"-1" max:"1000000" default:"-1" doc:"chance of voting on a proposal; -1: as usual for the kind"`
	ErrorPpm       int64    `json:"error_ppm" min:"-1" max:"1000000" default:"-1" doc:"chance of rating or voting the other way by mistake; -1: as usual for the kind"`
	SharedErrorPpm int64    `json:"shared_error_ppm" min:"-1" max:"1000000" default:"-1" doc:"chance, for each proposal, that the whole population misreads it and votes the other way together; -1: as usual for the kind"`
	Seeks          string   `json:"seeks" enum:"reputation|statement" default:"reputation" doc:"what a delegate-seeking agent goes by; statement: it stays with the first one it finds that publishes a statement"`
	Statement      bool     `json:"statement" default:"false" doc:"whether its agents publish how they vote, which is whom delegate-seeking agents look for"`
}

// Guardians are people who watch what has passed and may stop it.
type Guardians struct {
	Count     int64 `json:"count" min:"1" max:"64" doc:"how many there are"`
	Threshold int64 `json:"threshold" min:"1" max:"64" default:"1" doc:"how many must sign a veto"`
	NoticePpm int64 `json:"notice_ppm" min:"0" max:"1000000" doc:"chance, for each guardian and step, of looking at a proposal in its timelock"`
	ErrorPpm  int64 `json:"error_ppm" min:"0" max:"1000000" default:"0" doc:"chance of judging it the wrong way"`
}

// Proposal is something to vote on.
type Proposal struct {
	Name  string `json:"name" doc:"unique: a-z, 0-9 and '-'"`
	By    string `json:"by" doc:"population whose agents propose, one after the other"`
	Track string `json:"track" doc:"track of the constitution; where it allows set-price, the price of operations is raised by 1 sat"`
	Merit string `json:"merit" enum:"good|bad" doc:"whether it serves the economy; honest agents can tell"`
	Step  int64  `json:"step" min:"0" max:"9999" default:"0" doc:"step in which it is proposed"`
	Every int64  `json:"every" min:"0" max:"9999" default:"0" doc:"proposed again after so many steps; 0: once"`
	Count int64  `json:"count" min:"1" max:"1000" default:"1" doc:"how many at a time"`
}

// Attack gives one population a budget and a goal.
type Attack struct {
	Population string `json:"population" doc:"who attacks; its stake_sat and wallet_sat do not apply"`
	BudgetSat  int64  `json:"budget_sat" min:"0" max:"2100000000000000" doc:"shared evenly by the attackers; 0: they do not come"`
	StakePpm   int64  `json:"stake_ppm" min:"0" max:"1000000" default:"900000" doc:"share of the budget that is locked as stake; the rest trades and pays for operations"`
	Proposal   string `json:"proposal" doc:"the proposal whose outcome is at stake"`
	Want       string `json:"want" enum:"passed|defeated|executed" doc:"the outcome that makes the attack a success; executed: passed, and not vetoed in its timelock"`
}

// Report chooses what the charts of a report show; what is left out is chosen
// by what is swept.
type Report struct {
	X       string   `json:"x" default:"" doc:"swept parameter along the axis"`
	By      []string `json:"by" default:"[]" doc:"swept parameters that part the lines; the others are pooled"`
	Metrics []string `json:"metrics" default:"[]" doc:"columns of the runs table, a chart for each; the first also as a map"`
}

// Sweep says which cells there are.
type Sweep struct {
	Method     string      `json:"method" enum:"grid|list|latin-hypercube|sobol" doc:"grid: every combination; list: the n-th values together; latin-hypercube, sobol: samples in a cube"`
	Samples    int64       `json:"samples" min:"0" max:"1000000" default:"0" doc:"cells of latin-hypercube and sobol"`
	Parameters []Parameter `json:"parameters" least:"1" doc:"what varies"`
}

// Parameter is one axis of a sweep.
type Parameter struct {
	Path   string `json:"path" doc:"key of the scenario, e.g. attack.budget_sat or constitution.tracks.price.weight.kind; lists go by name"`
	Values []any  `json:"values" default:"[]" doc:"values of a grid or list; also allowed in a sample"`
	Min    int64  `json:"min" min:"-9007199254740991" max:"9007199254740991" default:"0" doc:"least value of a sample"`
	Max    int64  `json:"max" min:"-9007199254740991" max:"9007199254740991" default:"0" doc:"greatest value of a sample"`
	Scale  string `json:"scale" enum:"linear|log" default:"linear" doc:"how a sample is spread between min and max"`
	Rule   bool   `json:"rule" default:"false" doc:"compare its values on the same random numbers"`
}

// habit is what a kind does unless the population says otherwise.
type habit struct {
	ratePpm, turnoutPpm, errorPpm int64
	sharedPpm                     int64 // all err together
	hostile                       bool  // rates and votes against merit
}

var habits = map[string]habit{
	"honest":    {ppm, 800_000, 0, 0, false},
	"lazy":      {200_000, 200_000, 0, 0, false},
	"malicious": {ppm, ppm, 0, 0, true},
	"noisy":     {ppm, 800_000, 250_000, 0, false},
	// Agents that run the same model share its mistakes.
	"llm-noisy":        {ppm, 800_000, 50_000, 100_000, false},
	"delegate-seeking": {ppm, 0, 0, 0, false},
	"whale":            {ppm, ppm, 0, 0, true},
	"sybil-ring":       {ppm, ppm, 0, 0, true},
}

// habit returns the population's habit with its own figures in place.
func (p *Population) habit() habit {
	h := habits[p.Kind]
	for _, x := range []struct {
		own int64
		at  *int64
	}{{p.RatePpm, &h.ratePpm}, {p.TurnoutPpm, &h.turnoutPpm}, {p.ErrorPpm, &h.errorPpm}, {p.SharedErrorPpm, &h.sharedPpm}} {
		if x.own >= 0 {
			*x.at = x.own
		}
	}
	return h
}
