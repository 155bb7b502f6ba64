package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/econd/econd/voting"
)

// ask runs a command of cases as a user would.
func ask(name, input string) (string, error) {
	root := newRoot()
	var out bytes.Buffer
	root.SetArgs([]string{name})
	root.SetIn(strings.NewReader(input))
	root.SetOut(&out)
	err := root.Execute()
	return strings.TrimSpace(out.String()), err
}

func TestDoorsAnswer(t *testing.T) {
	for _, tc := range []struct{ command, in, want string }{
		{"tally", `{"method":"single-choice","choices":2,"votes":[{"choice":1,"balance":5},{"choice":2,"balance":"0.5"}]}`,
			`{"scores":["5","0.5"],"total":"5.5","valid":2}`},
		{"tally", `{"method":"approval","choices":3,"votes":[{"choice":[3,1],"balance":123.5},{"choice":[],"balance":1}]}`,
			`{"scores":["123.5","0","123.5"],"total":"124.5","valid":2}`},
		{"tally", `{"method":"weighted","choices":2,"votes":[{"choice":{"1":1,"2":2},"balance":1},{"choice":{"3":1},"balance":4}]}`,
			`{"scores":["0.333333333333","0.666666666667"],"total":"5","valid":1}`},
		{"tally", `{"method":"quadratic","choices":2,"votes":[{"choice":{"1":1},"balance":2},{"choice":{"2":1},"balance":3},{"choice":{},"balance":1}]}`,
			`{"scores":["2","3"],"total":"6","valid":2}`},
		{"tally", `{"method":"ranked-choice","choices":3,"votes":[{"choice":[1,2,3],"balance":2},{"choice":[3,2,1],"balance":2},{"choice":[2,3,1],"balance":1},{"choice":[2,3],"balance":9}]}`,
			`{"scores":["2","0","3"],"total":"14","valid":3}`},
		{"tally", `{"method":"copeland","choices":2,"votes":[{"choice":[2,1],"balance":3},{"choice":[1],"balance":9}]}`,
			`{"scores":["0","3"],"total":"3","valid":1}`},
		{"tally", `{"method":"quadratic-credits","choices":2,"votes":[{"choice":{"1":3},"balance":9},{"choice":{"1":3},"balance":8.9}]}`,
			`{"scores":["3","0"],"total":"17.9","valid":1}`},
		{"tally", `{"method":"single-choice","choices":2,"votes":[]}`, `{"scores":["0","0"],"total":"0","valid":0}`},
		{"tally", `{"method":"copeland","choices":2,"votes":[{"balance":1}]}`, `{"scores":["0","0"],"total":"0","valid":0}`},
		{"tally", `{"method":"approval","choices":1,"votes":[{"choice":[1],"balance":1e30,"voter":"x"}]}`,
			`{"scores":["1000000000000000000000000000000"],"total":"1000000000000000000000000000000","valid":1}`},

		{"delegation", `{"weight":{"A":1,"B":1,"C":1,"D":1},"edges":{"A":"B","B":"C","C":"D","D":"A"},"votes":{"C":"yes","A":"no"}}`,
			`{"tally":{"no":2,"yes":2}}`},
		{"delegation", `[{"name":"dead end","weight":{"A":1,"B":1},"edges":{"A":"B"},"votes":{}},{"weight":{},"edges":{},"votes":{}}]`,
			`[{"tally":{"unrepresented":2}},{"tally":{}}]`},
		{"delegation", `{"weight":{"A":10},"edges":{"A":{"B":333333,"C":333333},"D":"D"},"votes":{"B":"yes","C":"no"}}`,
			`{"tally":{"no":3,"unrepresented":4,"yes":3}}`},
		{"delegation", `{"weight":{"A":5},"edges":{"A":"A"},"votes":{}}`, `{"tally":{"unrepresented":5}}`},

		{"conviction", `{"decay":9000000,"t":2,"y0":"0","stake":"1000"}`, `{"conviction":"1900"}`},
		{"conviction", `[{"decay":9000000,"t":1,"y0":5000,"stake":0,"conviction":"4500"}]`, `[{"conviction":"4500"}]`},
		{"conviction", `[]`, `[]`},

		{"decide", decideCase(`["maj"]`, 7, 15), `{"result":true}`},
		{"decide", "[" + decideCase(`["maj"]`, 7, 17) + "," + decideCase(`["pct","7/15"]`, 7, 17) + "]", `[{"result":false},{"result":true}]`},
		{"decide", decideCase(`["pct","14/30"]`, 7, 18), `{"result":false}`},
	} {
		got, err := ask(tc.command, tc.in)
		require.NoError(t, err, tc.in)
		require.Equal(t, tc.want, got, tc.in)
	}
}

func decideCase(share string, yes, total int) string {
	return fmt.Sprintf(`{"test":"t","fn":"check_is_passed","threshold":{"kind":"AbsolutePercentage","percentage":%s},
		"votes":{"yes":%d,"no":4,"abstain":2},"total_power":%d,"expired":false,"min_period_elapsed":true,"allow_revoting":false}`,
		share, yes, total)
}

// Whatever is wrong, the message names the member.
func TestDoorsNameTheBadField(t *testing.T) {
	vote := func(v string) string { return `{"method":"approval","choices":2,"votes":[` + v + `]}` }
	good := decideCase(`["maj"]`, 7, 15)
	for _, tc := range []struct{ command, in, say string }{
		{"tally", ``, "standard input is empty"},
		{"tally", `{`, "not JSON"},
		{"tally", `5`, "needs a JSON object"},
		{"tally", `{"choices":2,"votes":[]}`, "method: missing"},
		{"tally", `{"method":"borda","choices":2,"votes":[]}`, `method: "borda"`},
		{"tally", `{"method":"fractional","choices":3,"votes":[]}`, `method: "fractional"`},
		{"tally", `{"method":5,"choices":2,"votes":[]}`, "method: needs a string"},
		{"tally", `{"method":"approval","votes":[]}`, "choices: missing"},
		{"tally", `{"method":"approval","choices":0,"votes":[]}`, "choices: 0"},
		{"tally", `{"method":"approval","choices":1001,"votes":[]}`, "choices: 1001"},
		{"tally", `{"method":"approval","choices":2.5,"votes":[]}`, "choices: needs a whole number"},
		{"tally", `{"method":"approval","choices":2}`, "votes: missing"},
		{"tally", `{"method":"approval","choices":2,"votes":{}}`, "votes: needs an array"},
		{"tally", `{"method":"approval","choices":2,"votes":null}`, "votes: needs an array"},
		{"tally", `{"method":"approval","choices":2,"votes":[],"quorum":1}`, "quorum: unknown member"},
		{"tally", `{"method":"approval","method":"copeland","choices":2,"votes":[]}`, "method: given twice"},
		{"tally", vote(`7`), "votes[0]: needs a JSON object"},
		{"tally", vote(`{"choice":[1]}`), "votes[0].balance: missing"},
		{"tally", vote(`{"choice":[1],"balance":-1}`), "votes[0].balance: -1 is below 0"},
		{"tally", vote(`{"choice":[1],"balance":"x"}`), "votes[0].balance:"},
		{"tally", vote(`{"choice":[1],"balance":null}`), "votes[0].balance:"},
		{"tally", vote(`{"choice":[1],"balance":1e999}`), "votes[0].balance:"},
		{"tally", "[" + vote(``) + "," + vote(`{"choice":[1]}`) + "]", "case 2: votes[0].balance: missing"},

		{"decide", `{}`, "fn: missing"},
		{"decide", strings.Replace(good, "check_is_passed", "check", 1), "fn: "},
		{"decide", strings.Replace(good, "AbsolutePercentage", "Most", 1), "threshold.kind: "},
		{"decide", strings.Replace(good, `["maj"]`, `["most"]`, 1), "threshold.percentage: "},
		{"decide", strings.Replace(good, `["maj"]`, `["pct","1/0"]`, 1), "threshold.percentage: 1/0 divides by 0"},
		{"decide", strings.Replace(good, `["maj"]`, `["pct","3/2"]`, 1), "threshold.percentage: 3/2 is more than the whole"},
		{"decide", strings.Replace(good, `["maj"]`, `["pct","x/2"]`, 1), "threshold.percentage: "},
		{"decide", strings.Replace(good, `["maj"]`, `["pct","1/18446744073709551617"]`, 1), "threshold.percentage: "},
		{"decide", strings.Replace(good, `"maj"]`, `"maj"],"quorum":1`, 1), "threshold.quorum: unknown member"},
		{"decide", strings.Replace(good, `"yes":7`, `"yes":-7`, 1), "votes.yes: needs a whole number"},
		{"decide", strings.Replace(good, `"yes":7,`, ``, 1), "votes.yes: missing"},
		{"decide", strings.Replace(good, `"yes":7`, `"yes":10`, 1), "are more than total_power, 15"},
		{"decide", strings.Replace(good, `"expired":false`, `"expired":0`, 1), "expired: needs true or false"},

		{"delegation", `{"edges":{},"votes":{}}`, "weight: missing"},
		{"delegation", `{"weight":{"A":-1},"edges":{},"votes":{}}`, "weight.A: needs a whole number"},
		{"delegation", `{"weight":{"A":1.5},"edges":{},"votes":{}}`, "weight.A: needs a whole number"},
		{"delegation", `{"weight":{"A":1},"edges":{"A":5},"votes":{}}`, "edges.A: needs a string"},
		{"delegation", `{"weight":{"A":1},"edges":{"A":{"B":1000001}},"votes":{}}`, "edges.A.B: 1000001"},
		{"delegation", `{"weight":{"A":1},"edges":{"A":{"B":0}},"votes":{}}`, "edges.A.B: 0"},
		{"delegation", `{"weight":{"A":1},"edges":{"A":{"B":600000,"C":400001}},"votes":{}}`, "edges.A.C: "},
		{"delegation", `{"weight":{"A":1},"edges":{"A":{"A":1}},"votes":{}}`, "edges.A.A: "},
		{"delegation", `{"weight":{"A":1},"edges":{},"votes":{"A":1}}`, "votes.A: needs a string"},
		{"delegation", `{"weight":{"A":1},"edges":{},"votes":{"A":"unrepresented"}}`, "votes.A: "},
		{"delegation", `{"weight":{"A":18446744073709551616},"edges":{},"votes":{}}`, "weight.A: "},
		{"delegation", `{"weight":{"A":18446744073709551615,"B":1},"edges":{},"votes":{}}`, "weights do not sum up"},

		{"conviction", `{"decay":10000000,"t":1,"y0":"0","stake":"0"}`, "decay: 10000000 is not below"},
		{"conviction", `{"decay":1,"t":-1,"y0":"0","stake":"0"}`, "t: needs a whole number"},
		{"conviction", `{"decay":1,"t":1,"y0":"x","stake":"0"}`, "y0: needs a whole number"},
		{"conviction", `{"decay":1,"t":1,"y0":"1"}`, "stake: missing"},
		{"conviction", `[{"decay":1,"t":1,"y0":"1","stake":"1"},7]`, "case 2: needs a JSON object"},
	} {
		out, err := ask(tc.command, tc.in)
		require.Error(t, err, "%s %s", tc.command, tc.in)
		require.Empty(t, out)
		require.ErrorContains(t, err, tc.say, tc.in)
	}
}

// A command of cases contains no rule: each hands its input to the function of package
// voting that the ledger uses, and nothing in it computes a share or a score.
func TestDoorsCallTheRules(t *testing.T) {
	for file, want := range map[string][]string{
		"tally.go":      {"voting.ParseChoice", "voting.Tally", "voting.ParseDecimal", "voting.NewScore"},
		"decide.go":     {"voting.AbsoluteCount", "voting.AbsolutePercentage", "voting.ThresholdQuorum", "threshold.IsPassed", "threshold.IsRejected"},
		"delegation.go": {"e.Count", "g.Count"},
		"conviction.go": {"voting.Conviction"},
	} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		calls := map[string]bool{}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
					if x, ok := sel.X.(*ast.Ident); ok {
						calls[x.Name+"."+sel.Sel.Name] = true
					}
				}
			}
			return true
		})
		for _, name := range want {
			require.True(t, calls[name], "%s does not call %s", file, name)
		}
	}
}

// A decision of the command is the decision of a track with the same rules.
func TestDecideIsTheTracksDecision(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string, most uint64) uint64 { return rapid.Uint64Range(0, most).Draw(t, name) }
		total := draw("total", 50)
		c := voting.Counts{For: draw("for", total)}
		c.Against = draw("against", total-c.For)
		c.Abstain = draw("abstain", total-c.For-c.Against)
		share := rapid.Uint32Range(500_001, voting.PPM).Draw(t, "share")
		quorum := rapid.Uint32Range(1, voting.PPM).Draw(t, "quorum")
		poll := voting.Poll{
			Cast: c, Direct: c, Eligible: total,
			Closed: rapid.Bool().Draw(t, "closed"), MinPeriodOver: rapid.Bool().Draw(t, "over"), Replaceable: rapid.Bool().Draw(t, "replaceable"),
		}
		want := voting.Decide(
			voting.QuorumRule{Kind: voting.QuorumEligible, SharePPM: quorum, CountAbstain: true},
			voting.PassRule{Kind: voting.PassShare, SharePPM: share, Early: voting.EarlyCertain}, 0, poll)
		results := map[string]bool{}
		for _, fn := range []string{"check_is_passed", "check_is_rejected"} {
			out, err := ask("decide", fmt.Sprintf(`{"fn":%q,"threshold":{"kind":"ThresholdQuorum","threshold":["pct","%d/1000000"],
				"quorum":["pct","%d/1000000"]},"votes":{"yes":%d,"no":%d,"abstain":%d},"total_power":%d,
				"expired":%t,"min_period_elapsed":%t,"allow_revoting":%t}`,
				fn, share, quorum, c.For, c.Against, c.Abstain, total, poll.Closed, poll.MinPeriodOver, poll.Replaceable))
			require.NoError(t, err)
			results[fn] = out == `{"result":true}`
		}
		require.Equal(t, want == voting.Passed, results["check_is_passed"])
		require.Equal(t, want == voting.Rejected, results["check_is_rejected"] || (poll.Closed && !results["check_is_passed"]))
	})
}

// A graph given to the command is counted as the ledger counts its dense form.
func TestDelegationIsTheLedgersCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "agents")
		e := voting.Electorate{Weight: make([]uint64, n), Ballot: make([]uint8, n), Next: make([]uint32, n)}
		weight, edges, votes := map[string]uint64{}, map[string]string{}, map[string]string{}
		for i := range n {
			name := fmt.Sprintf("a%d", i)
			e.Weight[i] = rapid.Uint64Range(0, 100).Draw(t, "weight")
			weight[name] = e.Weight[i]
			if e.Ballot[i] = uint8(max(0, rapid.IntRange(-2, 2).Draw(t, "ballot"))); e.Ballot[i] != 0 {
				votes[name] = fmt.Sprintf("o%d", e.Ballot[i])
			}
			e.Next[i] = voting.Nobody
			if to := rapid.IntRange(-1, n-1).Draw(t, "next"); to >= 0 {
				e.Next[i] = uint32(to)
				edges[name] = fmt.Sprintf("a%d", to)
			}
		}
		want, err := e.Count(voting.Limits{})
		require.NoError(t, err)
		in, err := json.Marshal(map[string]any{"weight": weight, "edges": edges, "votes": votes})
		require.NoError(t, err)
		text, err := ask("delegation", string(in))
		require.NoError(t, err)
		var got delegationResult
		require.NoError(t, json.Unmarshal([]byte(text), &got))
		require.Equal(t, []uint64{want.Option[1], want.Option[2], want.Unrepresented},
			[]uint64{got.Tally["o1"], got.Tally["o2"], got.Tally[unrepresented]})
	})
}

func FuzzDoors(f *testing.F) {
	f.Add("tally", `{"method":"weighted","choices":2,"votes":[{"choice":{"1":1},"balance":1}]}`)
	f.Add("decide", decideCase(`["pct","1/3"]`, 1, 20))
	f.Add("delegation", `{"weight":{"A":1},"edges":{"A":{"B":5}},"votes":{"B":"x"}}`)
	f.Add("conviction", `{"decay":1,"t":1,"y0":"1","stake":"1"}`)
	commands := map[string]solver{"tally": tally, "decide": decide, "delegation": delegation, "conviction": conviction}
	f.Fuzz(func(t *testing.T, name, input string) {
		solve, ok := commands[name]
		if !ok {
			return
		}
		result, err := solveAll([]byte(input), solve)
		if err != nil {
			return
		}
		_, err = json.Marshal(result)
		require.NoError(t, err)
	})
}

// vectors returns the directory of the published vectors (Snapshot's fixtures,
// DAO DAO's threshold cases, delegation graphs, 1Hive's conviction), or "".
func vectors(t *testing.T) string {
	dir := os.Getenv("ECOND_VECTORS")
	if dir == "" {
		t.Log("no published vectors: name their directory in ECOND_VECTORS to check them")
	}
	return dir
}

func TestPublishedTallies(t *testing.T) {
	dir := vectors(t)
	if dir == "" {
		return
	}
	for file, method := range map[string]string{
		"singleChoice": "single-choice", "approval": "approval", "weighted": "weighted",
		"quadratic": "quadratic", "rankedChoice": "ranked-choice",
	} {
		data, err := os.ReadFile(filepath.Join(dir, file+".json"))
		require.NoError(t, err)
		var fixture struct {
			Proposal    struct{ Choices []string }
			Votes       json.RawMessage
			Scores      []float64
			ScoresTotal float64
		}
		require.NoError(t, json.Unmarshal(data, &fixture))
		text, err := ask("tally", fmt.Sprintf(`{"method":%q,"choices":%d,"votes":%s}`, method, len(fixture.Proposal.Choices), fixture.Votes))
		require.NoError(t, err)
		var got struct {
			Scores []string
			Total  string
		}
		require.NoError(t, json.Unmarshal([]byte(text), &got))
		require.Len(t, got.Scores, len(fixture.Scores))
		for i, want := range append(fixture.Scores, fixture.ScoresTotal) {
			r, ok := new(big.Rat).SetString(append(got.Scores, got.Total)[i])
			require.True(t, ok)
			have, _ := r.Float64()
			require.LessOrEqual(t, math.Abs(have-want), 1e-6*math.Abs(want), "%s: %d", file, i)
		}
	}
}

func TestPublishedCases(t *testing.T) {
	dir := vectors(t)
	if dir == "" {
		return
	}
	for file, tc := range map[string]struct{ command, want, got string }{
		"daodao_pass_reject": {"decide", "expect", "result"},
		"delegation_cycles":  {"delegation", "tally", "tally"},
		"conviction_int":     {"conviction", "conviction", "conviction"},
	} {
		data, err := os.ReadFile(filepath.Join(dir, file+".json"))
		require.NoError(t, err)
		var cases, answers []map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(data, &cases))
		require.NotEmpty(t, cases)
		text, err := ask(tc.command, string(data))
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal([]byte(text), &answers))
		require.Len(t, answers, len(cases))
		for i := range cases {
			require.JSONEq(t, string(cases[i][tc.want]), string(answers[i][tc.got]), "%s: case %d", file, i+1)
		}
	}
}
