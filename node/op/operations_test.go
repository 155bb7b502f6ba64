package op

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/operations.md and docs/schemas/operations anew")

const operationsDoc = "../../docs/operations.md"

const operationsHead = `# Operations and facts

Every entry of the log carries one [NIP-01](https://github.com/nostr-protocol/nips/blob/master/01.md)
event: kind 3901 to 3949 for operations, signed by agents (some by guardians or the
operator), kind 3950 to 3999 for facts, signed by the operator's key and never accepted
from outside. ` + "`content`" + ` is one JSON object; its JSON Schema is served at ` + "`/v1/schemas/operations/{name}.json`" + `,
and what it refuses econd refuses. The tag
` + "`[\"economy\", id]`" + ` binds the event to one log, a tag ` + "`[\"alt\", text]`" + ` may stand beside it.
A tag ` + "`[\"order\", number]`" + ` says which of two events of one second was signed later.
The event id is the idempotency key.

What takes the place of something or takes it back (ballots, delegations, statements, reports,
jurors' offers and commitments, pauses) counts in the order of signing: ` + "`created_at`" + `, then the order tag, then
the id. What was signed before the one that stands is refused (` + "`signed-later`" + `), whenever it
arrives; what was never recorded can be made void (3919).

Amounts are integers in sats, times are unix seconds (` + "`created_at`" + `) or milliseconds (in
entries), hashes and keys are lower-case hex, voting weights are decimal strings.

The examples are really signed, agents' with the secret key 0707...07, the operator's
with 0101...01; ` + "`go test ./node/op -update`" + ` writes this file and the schemas.

`

func operationsText(t *testing.T) string {
	var b strings.Builder
	b.WriteString(operationsHead)
	for _, x := range kindTable {
		signer := testKey(t, 7)
		if x.kind.IsFact() {
			signer = testKey(t, 1)
		}
		e := &Event{CreatedAt: 1_800_000_000, Kind: x.kind,
			Tags: [][]string{{EconomyTag, "demo-00c0ffee00c0ffee"}}, Content: EncodeContent(x.example)}
		if err := e.Sign(signer); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "## %d `%s`\n\n%s%s\n\nSigned by %s. [Schema of `content`](schemas/operations/%s.json)\n\n```json\n%s\n```\n\n",
			x.kind, x.kind, x.text, bound(x.kind), x.signer, x.kind, e.Marshal())
	}
	return b.String()
}

// bound says how long a content may be, where that is less than an event.
func bound(k Kind) string {
	if k.MaxContent() == MaxEventBytes {
		return ""
	}
	return fmt.Sprintf(" `content` has at most %d bytes.", k.MaxContent())
}

// Every kind is documented by one real signed example that decodes, verifies,
// and whose content is complete.
func TestOperationsAreDocumented(t *testing.T) {
	want := operationsText(t)
	if *update {
		if err := os.WriteFile(operationsDoc, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(operationsDoc)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != want {
		t.Errorf("%s is out of date; run: go test ./node/op -update", operationsDoc)
	}
	n := 0
	for line := range strings.Lines(string(have)) {
		if !strings.HasPrefix(line, `{"id"`) {
			continue
		}
		e, err := Decode([]byte(strings.TrimSpace(line)))
		if err != nil {
			t.Fatalf("%v\n%s", err, line)
		}
		if err := e.Verify(); err != nil {
			t.Errorf("example of %v: %v", e.Kind, err)
		}
		x := kindTable[n]
		content := reflect.New(reflect.TypeOf(x.example))
		if err := Unmarshal([]byte(e.Content), "content", content.Interface()); err != nil || e.Kind != x.kind {
			t.Errorf("example of %v: %v", e.Kind, err)
		}
		n++
	}
	if n != len(kindTable) {
		t.Errorf("%d examples in the document, want %d", n, len(kindTable))
	}
}

// DecodeVote and Unmarshal agree on every text, the malformed included.
func FuzzDecodeVote(f *testing.F) {
	f.Add(`{"proposal":"` + exampleID.String() + `","choice":"for"}`)
	f.Add(`{"choice":"\u0066or" , "proposal":"` + exampleID.String() + `"}`)
	f.Add(`{"choice":"for","choice":"for"}`)
	f.Add(`{"proposal":"` + exampleID.String() + `","choice":"ballot","ballot": {"1":2,"3":[1, "x"]} }`)
	f.Add(`{"ballot":[2,1],"ballot":[],"choice":"ballot"}`)
	f.Add(`[]`)
	f.Add(`"000000\`)
	f.Fuzz(func(t *testing.T, text string) {
		fast, fastErr := DecodeVote(text)
		var slow Vote
		slowErr := Unmarshal([]byte(text), "content", &slow)
		if (fastErr == nil) != (slowErr == nil) || fastErr == nil && !reflect.DeepEqual(fast, slow) {
			t.Fatalf("%q: %v %v, %v %v", text, fast, fastErr, slow, slowErr)
		}
	})
}

// An outcome with scores decodes to the same value, and one without the later
// members decodes, too: logs written before them stay readable.
func TestCloseKeepsItsScores(t *testing.T) {
	plain := Close{Proposal: exampleID, Reason: "quorum", Eligible: 25, BallotRoot: exampleHash}
	full := plain
	full.Scores, full.Winner = NewScores([]string{"0", "12.5"}), 2
	full.Delegation = CloseDelegation{Delegators: 3, Delegated: 7, GiniPPM: 5}
	for _, want := range []Close{plain, full} {
		text := EncodeContent(want)
		if strings.Contains(text, "scores") != (want.Winner > 0) || strings.Contains(text, "delegation") != (want.Winner > 0) {
			t.Errorf("members that say nothing are left out: %s", text)
		}
		var got Close
		if err := Unmarshal([]byte(text), "content", &got); err != nil || got != want {
			t.Errorf("%v\n%+v\n%+v", err, got, want)
		}
	}
	if got := full.Scores.List(); len(got) != 2 || got[1] != "12.5" {
		t.Errorf("scores %v", got)
	}
	for _, scores := range []string{`"1"`, `[1]`, `{}`} {
		var got Close
		text := strings.Replace(EncodeContent(full), string(full.Scores), scores, 1)
		if err := Unmarshal([]byte(text), "content", &got); err == nil {
			t.Errorf("scores %s are accepted", scores)
		}
	}
}
