package ledger

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// historyDir is where TestScenarios writes the logs of the scenarios, to be replayed
// for ever: see node/audit/testdata/history and "make history".
var historyDir = flag.String("history", "", "write the scenarios' logs into this new directory")

// scenarioLogKey is the key that checkpoints of scenarios are signed by.
func scenarioLogKey() string { return logKeyText("genesis") }

// keepHistory collects what the scenario refuses; the function that it returns
// writes that and the log: NAME.log.gz as "econctl export" does, NAME.refused.gz with
// the name of the rule and the entry, one a line, where the entry's number says after
// which entries it was refused.
func (sc *scenario) keepHistory(name string) func() {
	if *historyDir == "" {
		return func() {}
	}
	var refused bytes.Buffer
	sc.denied = func(e *op.Entry, err error) {
		if r := (*refusal.Refusal)(nil); errors.As(err, &r) {
			fmt.Fprintf(&refused, "%s %s\n", r.Rule, e.Marshal())
		}
	}
	return func() {
		if sc.s.knows != constitution.NewestRules {
			return // nobody else can replay it
		}
		var log bytes.Buffer
		for _, e := range sc.log {
			log.Write(append(e.Marshal(), '\n'))
		}
		sc.writeNew(name+".log.gz", log.Bytes())
		sc.writeNew(name+".refused.gz", refused.Bytes())
	}
}

// writeNew never touches a history that is there.
func (sc *scenario) writeNew(name string, text []byte) {
	f, err := os.OpenFile(filepath.Join(*historyDir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		sc.t.Fatal(err)
	}
	defer f.Close()
	w := gzip.NewWriter(f)
	if _, err := w.Write(text); err != nil {
		sc.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		sc.t.Fatal(err)
	}
}
