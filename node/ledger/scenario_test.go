package ledger

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/goccy/go-yaml"

	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/signmessage"
)

// The scenario language: one command a line, # starts commentary. A scenario is played by
// every version of the rules, and must tell the same story; one that sets a version is
// about that one alone. Agents,
// stakes and proposals go by names that the scenario gives them. Facts that are
// due are entered before each operation, as the daemon does.
//
//	set PATH VALUE                 change the constitution before the genesis
//	                               (tracks and prices go by name)
//	constitution NAME              in place of the demo's, before all that changes it
//	track NEW OLD                  copy a track under another name, before the
//	                               genesis, in place of one that has it
//	guardians THRESHOLD NAME...    before the genesis
//	agent NAME...                  register
//	NAME bind                      bind NAME's Lightning node
//	NAME stake S SATS              lock-stake; the invoice is offered at once
//	NAME propose P TRACK [RESOURCE SAT EXPECT]
//	NAME poll P TRACK OPTION...    propose a vote between options
//	NAME vote P for|against|abstain | NAME vote P BALLOT-AS-JSON
//	NAME elect P TRACK THRESHOLD NAME...   propose these guardians
//	NAME pause TRACKS DURATION | NAME pause TRACKS lift|same
//	NAME cancel P | NAME veto P | NAME release S
//	NAME rate PROVIDER SATS RATING PAYMENT [for CUSTOMER] [issued DURATION]
//	                               over an invoice that names CUSTOMER, issued so
//	                               long ago, or ahead if negative
//	NAME delegate TO [on TRACK] [share PPM] [for DURATION]
//	NAME undelegate [TO] [on TRACK] | NAME says TRACK TEXT...
//	NAME act P TRACK JSON          propose with actions, a JSON array; see fillIn
//	NAME send KIND JSON [as X]     any operation; its id goes by X
//	lock X [SATS[.MSAT]] [until HEIGHT]    the hold of stake or proposal X is paid,
//	                               with what it asks for, to an HTLC of 144 blocks,
//	                               or more where its invoice does; that asks for 18,
//	                               what BOLT11 does, or the stake.cltv_blocks of the
//	                               scenario or of the constitution that it names
//	NAME orders KIND JSON as X     as send, but no invoice is offered
//	offer X NAME                   it is, signed by NAME's node
//	settled X [SATS] | cancelled X    facts about the hold of stake or proposal X;
//	                               SATS of one that was never locked
//	wait DURATION | height N       let time pass, mine blocks; see ofChain
//	refused RULE: COMMAND          COMMAND must be refused by that rule
//	state P PHASE | hold X STATE | tally P FOR AGAINST ABSTAIN of ELIGIBLE
//	outcome P FOR AGAINST ABSTAIN [WORD N]...   delegators, delegated,
//	                               unrepresented, gini, nakamoto, winner, scores A,B...
//	guarded by NAME...             the guardians in force, in order
//	reason P TEXT                  of the outcome
//	price RESOURCE SAT | pool NAME SAT | score NAME zero|positive
//	effects [KIND X]...            exactly what has been asked for since the last time
type scenario struct {
	t       testing.TB
	file    string
	line    int
	config  map[string]any
	s       *State
	log     []*op.Entry
	at      op.Stamp
	labels  map[string]op.ID
	names   map[op.ID]string
	effects []Effect
	until   int64                // of the last pause asked for
	asks    bool                 // invoices of holds ask for stake.cltv_blocks
	keep    string               // label under which the next event is signed and kept
	kept    map[string]*op.Event // that were not handed in yet
	signedS map[string]int64
	signed  map[string]int // in that second
	cash    cashbook

	version   string           // of the rules, in place of the constitution's: the newest
	chain     []headers.Header // from a height on
	chainFrom uint32
	logSigner string // name of the log's key in force; "": that of the genesis

	follow func(*op.Entry, []Effect) // sees each entry that was applied
	denied func(*op.Entry, error)    // sees each entry that was refused
}

// signing counts what a key signs within one second.
func (sc *scenario) signing(by string, atS int64) int {
	if sc.signedS[by] != atS {
		sc.signedS[by], sc.signed[by] = atS, 0
		return 0
	}
	sc.signed[by]++
	return sc.signed[by]
}

const scenarioEconomy = "scenario-1"

func secretOf(name string) op.SecretKey {
	raw := sha256.Sum256([]byte("agent " + name))
	key, err := op.NewSecretKey(raw[:])
	if err != nil {
		panic(err)
	}
	return key
}

func nodeOf(name string) *btcec.PrivateKey {
	raw := sha256.Sum256([]byte("node " + name))
	key, _ := btcec.PrivKeyFromBytes(raw[:])
	return key
}

func newScenario(t testing.TB) *scenario {
	sc := &scenario{t: t, s: New(), labels: map[string]op.ID{}, names: map[op.ID]string{}, kept: map[string]*op.Event{}, signedS: map[string]int64{}, signed: map[string]int{},
		at: op.Stamp{TimeMs: 1_800_000_000_000, Height: 500}, version: fmt.Sprint(constitution.NewestRules)}
	sc.load("demo")
	return sc
}

// load takes the constitution of that name.
func (sc *scenario) load(name string) {
	raw, err := os.ReadFile("../constitution/yamlfile/" + name + ".yaml")
	if err != nil {
		sc.t.Fatal(err)
	}
	sc.config = nil
	if err := yaml.Unmarshal(raw, &sc.config); err != nil {
		sc.t.Fatal(err)
	}
	sc.set("version", sc.version)
	sc.set("stake.max_unpaid_per_agent", "1000") // scenarios say first what is asked for, then what is paid
}

func (sc *scenario) fatalf(format string, args ...any) {
	sc.t.Helper()
	sc.t.Fatalf("%s:%d: %s", sc.file, sc.line, fmt.Sprintf(format, args...))
}

// set changes one value of the constitution, "tracks.price.quorum.share_ppm 1".
func (sc *scenario) set(path, value string) {
	var at any = sc.config
	parts := strings.Split(path, ".")
	for _, p := range parts[:len(parts)-1] {
		switch x := at.(type) {
		case map[string]any:
			at = x[p]
		case []any:
			at = byName(x, p)
		}
	}
	var v any
	if err := yaml.Unmarshal([]byte(value), &v); err != nil {
		sc.fatalf("%v", err)
	}
	switch x := at.(type) {
	case map[string]any:
		x[parts[len(parts)-1]] = v
	default:
		sc.fatalf("no %s in the constitution", path)
	}
}

func (sc *scenario) copyTrack(name, from string) {
	copied := map[string]any{}
	for k, v := range byName(sc.config["tracks"].([]any), from).(map[string]any) {
		copied[k] = v
	}
	copied["name"] = name
	kept := slices.DeleteFunc(sc.config["tracks"].([]any), func(t any) bool { return t.(map[string]any)["name"] == name })
	sc.config["tracks"] = append(kept, copied)
}

func byName(list []any, name string) any {
	for _, x := range list {
		m := x.(map[string]any)
		if m["name"] == name || m["resource"] == name {
			return m
		}
	}
	return nil
}

// genesisOf is a genesis on a network, with the operator's node where the rules name one.
func genesisOf(network string, rules op.Raw) op.Genesis {
	g := op.Genesis{Economy: scenarioEconomy, Network: network, LogVerifier: scenarioLogKey(), Constitution: rules}
	if constitution.NamesNode(rules) {
		g.NodeKey = op.NodeKey(nodeOf("operator").PubKey().SerializeCompressed())
	}
	return g
}

// begin enters the genesis and the first headers, once.
func (sc *scenario) begin() {
	if sc.s.Next() > 0 {
		return
	}
	raw := sc.constitutionJSON()
	sc.startChain()
	g := genesisOf("regtest", raw)
	if err := sc.enter("operator", op.KindGenesis, g); err != nil {
		sc.fatalf("genesis: %v", err)
	}
	sc.enterHeaders()
}

// constitutionJSON is the constitution as set so far.
func (sc *scenario) constitutionJSON() []byte {
	sc.goByItsVersion()
	text, err := yaml.Marshal(sc.config)
	if err != nil {
		sc.fatalf("%v", err)
	}
	raw, err := yaml.YAMLToJSON(text)
	if err != nil {
		sc.fatalf("%v", err)
	}
	return raw
}

// goByItsVersion takes what came later out of the tracks.
func (sc *scenario) goByItsVersion() {
	if version, _ := strconv.Atoi(fmt.Sprint(sc.config["version"])); version >= constitution.RulesWallets {
		return
	}
	tracks, _ := sc.config["tracks"].([]any)
	for _, t := range tracks {
		track, _ := t.(map[string]any)
		if actions, ok := track["actions"].([]any); ok {
			track["actions"] = slices.DeleteFunc(slices.Clone(actions), func(a any) bool { return a == constitution.ActionBudget })
		}
	}
}

// enterDue enters every fact that is due.
func (sc *scenario) enterDue() {
	for f := sc.s.Due(sc.at); f != nil; f = sc.s.Due(sc.at) {
		checkDueClose(sc.t, sc.s, f)
		if err := sc.apply("operator", f.Kind, f.Content); err != nil {
			sc.fatalf("due %v: %v", f.Kind, err)
		}
	}
	sc.enterHeaders()
}

// enter signs and applies one event after the facts that are due.
func (sc *scenario) enter(by string, kind op.Kind, content any) error {
	sc.enterDue()
	return sc.apply(by, kind, content)
}

func (sc *scenario) apply(by string, kind op.Kind, content any) error {
	e := &op.Event{CreatedAt: sc.at.TimeMs / 1000, Kind: kind, Content: op.EncodeContent(content), Tags: [][]string{{"economy", scenarioEconomy}}}
	if n := sc.signing(by, e.CreatedAt); n > 0 {
		e.Tags = append(e.Tags, []string{op.OrderTag, strconv.Itoa(n)})
	}
	if err := e.Sign(secretOf(by)); err != nil {
		sc.fatalf("%v", err)
	}
	if sc.keep != "" {
		sc.kept[sc.keep], sc.keep = e, ""
		return nil
	}
	return sc.record(e)
}

func (sc *scenario) record(e *op.Event) error {
	entry := &op.Entry{Seq: sc.s.Next(), Stamp: sc.at, Event: e}
	effects, err := Apply(sc.s, entry)
	if err != nil {
		if sc.denied != nil {
			sc.denied(entry, err)
		}
		return err
	}
	sc.log = append(sc.log, entry)
	sc.effects = append(sc.effects, effects...)
	sc.checkHeights()
	if wrong := sc.cash.enter(sc.s, e, effects); wrong != "" {
		sc.fatalf("entry %d, %v: %s", entry.Seq, e.Kind, wrong)
	}
	if sc.follow != nil {
		sc.follow(entry, effects)
	}
	return nil
}

func (sc *scenario) run(file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		sc.t.Fatal(err)
	}
	sc.file = filepath.Base(file)
	for i, line := range strings.Split(string(text), "\n") {
		sc.line = i + 1
		line, _, _ = strings.Cut(line, "#")
		if f := strings.Fields(line); len(f) > 0 {
			sc.command(f)
		}
	}
	sc.checkReplay()
	sc.checkTexts()
	checkTurns(sc.t, sc.s)
}

// checkReplay applies the whole log anew, from its encoded lines: the end must
// be the same, and where a fact was due nothing else is let in.
func (sc *scenario) checkReplay() {
	again := New()
	again.knows = sc.s.knows
	for _, e := range sc.log {
		got, err := op.DecodeEntry(e.Marshal())
		if err != nil {
			sc.fatalf("entry %d: %v", e.Seq, err)
		}
		if err := Prepare(got.Event); err != nil { // beforehand, as the daemon does
			sc.fatalf("entry %d: %v", e.Seq, err)
		}
		sc.checkFirstDue(again, int(e.Seq))
		if _, err := Apply(again, got); err != nil {
			sc.fatalf("replay of entry %d: %v", e.Seq, err)
		}
	}
	for _, e := range sc.log {
		unchanged(sc.t, e.Event)
	}
	if a, b := digest(sc.s), digest(again); a != b {
		sc.fatalf("replay gives another state: %s", firstDifference(a, b))
	}
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return x[i] + "\n" + y[i]
		}
	}
	return "one is longer"
}

// digest writes down all that views show of a state.
func digest(s *State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %+v %+v %+v\n", s.Next(), s.Clock(), s.Pools(), s.PendingEffects())
	for i := range s.Payouts() {
		fmt.Fprintf(&b, "%+v\n", s.PayoutAt(i))
	}
	fmt.Fprintf(&b, "%+v\n", s.webhooks.list)
	for i := range s.disputes.list {
		d := s.disputes.list[i]
		for _, r := range d.rounds {
			fmt.Fprintf(&b, "%d %+v %+v %d %d %d %+v\n", r.drawHeight, r.stamp, r.seats, r.commitEnd, r.revealEnd, r.appealEnd, r.ruling != nil)
		}
		d.rounds = nil
		fmt.Fprintf(&b, "%+v\n", d)
	}
	fmt.Fprintf(&b, "%+v\n", s.jurors.list)
	for i := range s.Disputes() {
		fmt.Fprintf(&b, "%+v\n", s.DisputeAt(i, s.Clock().TimeMs))
	}
	for i := range s.Jurors() {
		fmt.Fprintf(&b, "%+v\n", s.JurorAt(i))
	}
	fmt.Fprintf(&b, "%+v %+v %+v\n", s.Pauses(), s.PauseMotions(), s.Constitution().Guardians)
	for i := range s.Agents() {
		v := s.AgentAt(i)
		fmt.Fprintf(&b, "%+v %+v %+v\n", v, s.Delegations(v.PubKey), s.Statements(v.PubKey))
	}
	for i := range s.holds.list {
		fmt.Fprintf(&b, "%+v\n", s.holdView(i))
	}
	for i := range s.Proposals() {
		v := s.ProposalAt(i, s.Clock().TimeMs)
		ballots, _ := s.Ballots(v.ID)
		if v.Outcome != nil {
			fmt.Fprintf(&b, "%+v\n", *v.Outcome)
		}
		if v.Evaluation != nil {
			fmt.Fprintf(&b, "%+v\n", *v.Evaluation)
		}
		if v.Rule != nil {
			fmt.Fprintf(&b, "%+v\n", *v.Rule)
		}
		v.Rule, v.Collateral, v.Outcome, v.Evaluation = nil, nil, nil, nil
		fmt.Fprintf(&b, "%+v %+v\n", v, ballots)
	}
	b.WriteString(digestReputation(s))
	b.WriteString(digestRules(s))
	b.WriteString(digestParticipation(s))
	b.WriteString(digestMetrics(s))
	return b.String()
}

func (sc *scenario) command(f []string) {
	switch f[0] {
	case "set":
		sc.asks = sc.asks || f[1] == "stake.cltv_blocks"
		sc.set(f[1], strings.Join(f[2:], " "))
		return
	case "constitution":
		sc.asks = true
		sc.load(f[1])
		return
	case "track":
		sc.copyTrack(f[1], f[2])
		return
	case "metric": // before the genesis: NAME UNIT LEAST REPORTER,... [INTERVAL-S]
		var keys []any
		for _, name := range strings.Split(f[4], ",") {
			keys = append(keys, secretOf(name).Public().String())
		}
		m := map[string]any{"name": f[1], "unit": f[2], "least_reports": sc.number(f[3]), "reporters": keys}
		if len(f) > 5 {
			m["interval_s"] = sc.number(f[5])
		}
		list, _ := sc.config["metrics"].([]any)
		sc.config["metrics"] = append(list, m)
		return
	case "guardians":
		var keys []any
		for _, name := range f[2:] {
			keys = append(keys, secretOf(name).Public().String())
		}
		sc.config["guardians"] = map[string]any{"keys": keys, "threshold": sc.number(f[1]), "max_pause_s": 60}
		return
	case "knows": // VERSION: as if the rules went up to it
		sc.s.knows = sc.number(f[1])
		return
	case "wait":
		d, err := time.ParseDuration(f[1])
		if err != nil {
			sc.fatalf("%v", err)
		}
		sc.at.TimeMs += d.Milliseconds()
		return
	case "withhold": // LABEL COMMAND: sign it, hand it in later
		sc.begin()
		sc.enterDue()
		sc.keep = f[1]
		if err := sc.act(f[2:]); err != nil || sc.keep != "" {
			sc.fatalf("not kept: %v", err)
		}
		return
	case "refused":
		sc.refused(strings.TrimSuffix(f[1], ":"), f[2:])
		return
	}
	sc.begin()
	if sc.expectation(f) {
		return
	}
	if err := sc.act(f); err != nil {
		sc.fatalf("%v", err)
	}
}

// refused checks the rule that refuses a command, and that nothing changed.
func (sc *scenario) refused(rule string, f []string) {
	sc.begin()
	sc.enterDue()
	before := digest(sc.s)
	err := sc.act(f)
	var r *refusal.Refusal
	if !errors.As(err, &r) || r.Rule != rule {
		sc.fatalf("%s: got %v, want a refusal by %s", strings.Join(f, " "), err, rule)
	}
	if after := digest(sc.s); after != before {
		sc.fatalf("refused, yet the state changed: %s", firstDifference(before, after))
	}
}

// act carries out one operation or fact.
func (sc *scenario) act(f []string) error {
	switch f[0] {
	case "agent":
		for _, name := range f[1:] {
			if err := sc.enter(name, op.KindRegister, op.Register{Name: name}); err != nil {
				return err
			}
		}
		return nil
	case "deliver": // LABEL: hand in what was kept
		sc.enterDue()
		return sc.record(sc.kept[f[1]])
	case "lock":
		return sc.lock(f[1], f[2:])
	case "settled":
		c := op.HoldSettled{Effect: sc.pending(f[1]), Hold: sc.labels[f[1]]}
		if len(f) > 2 {
			c.AmountSat = sc.number(f[2])
		}
		return sc.enter("operator", op.KindHoldSettled, c)
	case "cancelled":
		return sc.enter("operator", op.KindHoldCancelled, op.HoldCancelled{Effect: sc.pending(f[1]), Hold: sc.labels[f[1]], Reason: "as asked"})
	}
	if is, err := sc.ofChain(f); is {
		return err
	}
	if do, ok := facts[f[0]]; ok {
		return do(sc, f[1:])
	}
	return sc.operation(f[0], f[1], f[2:])
}

func (sc *scenario) operation(who, what string, f []string) error {
	switch what {
	case "bind":
		return sc.enter(who, op.KindBindNode, sc.bindingOf(who))
	case "void":
		return sc.enter(who, op.KindVoid, op.Void{})
	case "stake":
		return sc.request(who, f[0], op.KindLockStake, op.LockStake{AmountSat: sc.number(f[1])})
	case "propose":
		c := op.Propose{Track: f[1], Title: f[0], Actions: []op.Raw{}}
		if len(f) == 5 {
			c.Actions = append(c.Actions, op.Raw(op.EncodeContent(SetPrice{Type: constitution.ActionSetPrice, Resource: f[2], Sat: sc.number(f[3]), ExpectSat: sc.number(f[4])})))
		}
		return sc.request(who, f[0], op.KindPropose, c)
	case "elect":
		g := sc.s.Constitution().Guardians
		a := SetGuardians{Type: constitution.ActionSetGuardians, Keys: []op.PublicKey{}, Threshold: sc.number(f[2]),
			ExpectKeys: append([]op.PublicKey{}, g.Keys...), ExpectThreshold: int64(g.Needed())}
		for _, name := range f[3:] {
			a.Keys = append(a.Keys, secretOf(name).Public())
		}
		return sc.request(who, f[0], op.KindPropose, op.Propose{Track: f[1], Title: f[0], Actions: []op.Raw{op.Raw(op.EncodeContent(a))}})
	case "pause":
		switch f[1] {
		case "same": // the terms of the last one
		case "lift":
			sc.until = 0
		default:
			d, err := time.ParseDuration(f[1])
			if err != nil {
				sc.fatalf("%v", err)
			}
			sc.until = sc.at.TimeMs + d.Milliseconds()
		}
		return sc.enter(who, op.KindPause, op.Pause{Tracks: strings.Split(f[0], ","), UntilMs: sc.until, Reason: "forged invoices"})
	case "poll":
		return sc.request(who, f[0], op.KindPropose, op.Propose{Track: f[1], Title: f[0], Actions: []op.Raw{}, Options: f[2:]})
	case "vote":
		v := op.Vote{Proposal: sc.labels[f[0]], Choice: f[1]}
		if strings.ContainsAny(f[1][:1], "[{") {
			v.Choice, v.Ballot = "ballot", op.Raw(strings.Join(f[1:], ""))
		}
		return sc.enter(who, op.KindVote, v)
	case "cancel":
		return sc.enter(who, op.KindCancel, op.Cancel{Proposal: sc.labels[f[0]], Reason: "on second thoughts"})
	case "veto":
		return sc.enter(who, op.KindVeto, op.Veto{Proposal: sc.labels[f[0]], Reason: "harmful"})
	case "release":
		return sc.enter(who, op.KindReleaseStake, op.ReleaseStake{Stake: sc.labels[f[0]]})
	case "delegate":
		return sc.enter(who, op.KindDelegate, sc.delegateOf(f))
	case "undelegate":
		c := op.Undelegate{}
		if len(f) > 0 && f[0] != "on" {
			c.To, f = secretOf(f[0]).Public(), f[1:]
		}
		c.Track = sc.options(f)["on"]
		return sc.enter(who, op.KindUndelegate, c)
	case "says":
		return sc.enter(who, op.KindStatement, op.Statement{Track: f[0], Text: strings.Join(f[1:], " ")})
	case "rate":
		return sc.rate(who, f)
	}
	if do, ok := verbs[what]; ok {
		return do(sc, who, f)
	}
	sc.fatalf("unknown command %q", what)
	return nil
}

func (sc *scenario) delegateOf(f []string) op.Delegate {
	c := op.Delegate{To: secretOf(f[0]).Public()}
	o := sc.options(f[1:])
	c.Track = o["on"]
	if text, ok := o["share"]; ok {
		share := sc.number(text)
		c.SharePPM = &share
	}
	if text, ok := o["for"]; ok {
		d, err := time.ParseDuration(text)
		if err != nil {
			sc.fatalf("%v", err)
		}
		c.ExpiresMs = sc.at.TimeMs + d.Milliseconds()
	}
	return c
}

// options reads WORD VALUE pairs.
func (sc *scenario) options(f []string) map[string]string {
	o := map[string]string{}
	if len(f)%2 != 0 {
		sc.fatalf("options come in pairs: %v", f)
	}
	for i := 0; i < len(f); i += 2 {
		o[f[i]] = f[i+1]
	}
	return o
}

// request enters an operation that may ask for a hold, and offers its invoice.
func (sc *scenario) request(who, label string, kind op.Kind, content any) error {
	if err := sc.enter(who, kind, content); err != nil {
		return err
	}
	id := sc.log[len(sc.log)-1].Event.ID
	sc.labels[label], sc.names[id] = id, label
	h, ok := sc.s.Hold(id)
	if !ok {
		return nil
	}
	return sc.offer(label, h.AmountSat, "operator")
}

// offer answers the effect that asks for a hold's invoice, with one of somebody's node.
func (sc *scenario) offer(label string, sat int64, node string) error {
	hash := sha256.Sum256([]byte("preimage " + label))
	return sc.enter("operator", op.KindHoldOffered, op.HoldOffered{Effect: sc.pending(label), Hold: sc.labels[label], PaymentHash: hash,
		Invoice: sc.invoiceAt(nodeOf(node), hash, sat, sc.at.TimeMs, "x", func(i *bolt11.Invoice) { i.MinFinalCltv = sc.cltv() })})
}

func (sc *scenario) pending(label string) string {
	for _, e := range sc.s.PendingEffects() {
		if e.Hold == sc.labels[label] {
			return e.ID
		}
	}
	return ""
}

func (sc *scenario) invoice(node *btcec.PrivateKey, hash op.Hash, sat int64) string {
	return sc.invoiceAt(node, hash, sat, sc.at.TimeMs, "x")
}

func (sc *scenario) invoiceAt(node *btcec.PrivateKey, hash op.Hash, sat, issuedMs int64, text string, more ...func(*bolt11.Invoice)) string {
	inv := bolt11.Invoice{Prefix: "lnbcrt", AmountMsat: sat * 1000, TimestampS: issuedMs / 1000, PaymentHash: hash, PaymentSecret: [32]byte{1},
		Description: text, Features: bolt11.FeatureBits(8, 14)}
	for _, change := range more {
		change(&inv)
	}
	encoded, err := bolt11.Encode(inv, node)
	if err != nil {
		sc.fatalf("%v", err)
	}
	return encoded
}

// bindingOf is what lnd's SignMessage gives.
func (sc *scenario) bindingOf(who string) op.BindNode {
	text := op.BindStatement(scenarioEconomy, secretOf(who).Public())
	return op.BindNode{Node: op.NodeKey(nodeOf(who).PubKey().SerializeCompressed()), Signature: signmessage.Sign(nodeOf(who), text)}
}

func (sc *scenario) number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		sc.fatalf("%v", err)
	}
	return n
}

func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if version.Match(text) {
				playBy(t, file, "")
				return
			}
			for v := int64(1); v <= constitution.NewestRules; v++ {
				t.Run(fmt.Sprint("by version ", v), func(t *testing.T) { playBy(t, file, fmt.Sprint(v)) })
			}
		})
	}
}

// version finds the version of the rules of a scenario that is about one.
var version = regexp.MustCompile(`(?m)^set version \d+$`)

// playBy plays a scenario by a version of the rules; "" by the one that it sets itself.
func playBy(t *testing.T, file, version string) {
	sc := newScenario(t)
	if version != "" {
		sc.version = version
		sc.load("demo")
	}
	keep := func() {}
	if version == "" || version == fmt.Sprint(constitution.NewestRules) {
		keep = sc.keepHistory(strings.TrimSuffix(filepath.Base(file), ".txt"))
	}
	sc.run(file)
	sc.checkSchemas()
	keep()
}
