package ledger

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// amendable is the demo economy with a track on which alice may set parameters.
func amendable(t testing.TB) *scenario { return amendableWith(t, func(*scenario) {}) }

func amendableWith(t testing.TB, change func(*scenario)) *scenario {
	sc := newScenario(t)
	change(sc)
	sc.set("tracks.signal.actions", "[set-parameter, add-rule, set-price]")
	sc.set("tracks.signal.propose_stake_sat", "0")
	sc.set("tracks.signal.max_open_per_agent", "0")
	sc.begin()
	if err := sc.enter("alice", op.KindRegister, op.Register{Name: "alice"}); err != nil {
		t.Fatal(err)
	}
	return sc
}

// parameters is a list of n actions that set the same parameter, each from where
// the one before left it, after others.
func parameters(n int, then ...string) []op.Raw {
	var list []op.Raw
	for i := range n {
		list = append(list, op.Raw(fmt.Sprintf(`{"type":"set-parameter","path":"/stake/min_sat","value":%d,"expect":%d}`, 1001+i, 1000+i)))
	}
	for _, a := range then {
		list = append(list, op.Raw(a))
	}
	return list
}

// A list of changes to the constitution costs one check of it, whether the last
// of them is possible or not, and not one for each.
func TestManyParametersCostOneCheck(t *testing.T) {
	sc := amendable(t)
	work := func(list []op.Raw) (int64, error) {
		err := sc.enter("alice", op.KindPropose, op.Propose{Track: "signal", Title: "t", Actions: list})
		return sc.s.Work(), err
	}
	one, err := work(parameters(1))
	if err != nil {
		t.Fatal(err)
	}
	before := digest(sc.s)
	impossible := `{"type":"set-parameter","path":"/stake/max_per_agent","value":9,"expect":7}`
	refused, err := work(parameters(15, impossible))
	if r := new(refusal.Refusal); !errors.As(err, &r) || r.Field != "content.actions[15]" || r.Rule != constitution.ActionSetParameter {
		t.Fatalf("an impossible action: %v", err)
	}
	if digest(sc.s) != before {
		t.Error("a refused proposal changed the state")
	}
	many, err := work(parameters(16))
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []int64{refused, many} {
		if most := one + 15*(workAction+5) + 20; got > most {
			t.Errorf("16 changes cost %d units, one costs %d: at most %d are due", got, one, most)
		}
	}
}

// Changes in a row are held against the rules of a constitution together: what
// one of them alone would break the next may mend. What other actions see is
// always a whole constitution.
func TestChangesInARow(t *testing.T) {
	const (
		least = `{"type":"set-parameter","path":"/stake/min_sat","value":20000,"expect":1000}`
		most  = `{"type":"set-parameter","path":"/stake/max_sat","value":20000,"expect":15000}`
		price = `{"type":"set-price","resource":"operations","sat":25,"expect_sat":10}`
	)
	for _, c := range []struct {
		actions string
		field   string // of the refusal, "" for none
	}{
		{least + "," + most, ""},
		{most + "," + least, ""},
		{least, "content.actions[0]"},
		{price + "," + least, "content.actions[1]"},
		{least + "," + price + "," + most, "content.actions[0]"},
		{least + "," + most + "," + price, ""},
	} {
		sc := amendableWith(t, func(sc *scenario) { sc.set("stake.max_sat", "15000") })
		err := sc.enter("alice", op.KindPropose, op.Propose{Track: "signal", Title: "t", Actions: rawList(t, c.actions)})
		r := new(refusal.Refusal)
		if (err == nil) != (c.field == "") || err != nil && (!errors.As(err, &r) || r.Field != c.field) {
			t.Errorf("%s: %v, want a refusal of %q", c.actions, err, c.field)
		}
	}
}

func rawList(t *testing.T, items string) []op.Raw {
	t.Helper()
	var c struct {
		Items []op.Raw `json:"items"`
	}
	if err := op.Unmarshal([]byte(`{"items":[`+items+`]}`), "", &c); err != nil {
		t.Fatal(err)
	}
	return c.Items
}

// Whoever brings more keys than an entry may check is told by how much.
func TestWorkOfKeys(t *testing.T) {
	sc := amendable(t)
	seeds := func(n int) string {
		var keys []string
		for i := range n {
			keys = append(keys, fmt.Sprintf("%q", secretOf(fmt.Sprint("seed", i)).Public()))
		}
		return `{"type":"set-parameter","path":"/seeds","value":[` + strings.Join(keys, ",") + `],"expect":[]}`
	}
	propose := func(n int) error {
		return sc.enter("alice", op.KindPropose, op.Propose{Track: "signal", Title: "t", Actions: rawList(t, seeds(n))})
	}
	if err := propose(40); err != nil {
		t.Fatal(err)
	}
	r := new(refusal.Refusal)
	if err := propose(90); !errors.As(err, &r) || r.Rule != "entry-work" {
		t.Fatalf("90 keys: %v", err)
	}
}
