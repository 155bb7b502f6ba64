package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
)

// Whatever comes in place of what was paid for, the failure names the payment, for people
// and for programs, and nothing more is paid.
func TestEveryFailureAfterAPaymentNamesIt(t *testing.T) {
	status := func(code int, body string) func(http.ResponseWriter, int) {
		return func(w http.ResponseWriter, _ int) {
			w.WriteHeader(code)
			fmt.Fprint(w, body)
		}
	}
	text := func(s string) func(http.ResponseWriter, int) {
		return func(w http.ResponseWriter, _ int) { fmt.Fprint(w, s) }
	}
	moved := func(w http.ResponseWriter, _ int) {
		w.Header().Set("Location", "http://127.0.0.1:1/x")
		w.WriteHeader(http.StatusFound)
	}
	const broken, refused = `{"status":500,"title":"x"}`, `{"status":422,"title":"Refused","rule":"name"}`
	export := []string{"export", "--out", filepath.Join(t.TempDir(), "log")}
	list, vote, watch, events := []string{"proposal", "list"}, []string{"vote", proposalID, "for"}, []string{"notifications", "watch"}, []string{"events", "--after", "-1"}
	for name, c := range map[string]struct {
		part   string
		answer func(http.ResponseWriter, int)
		line   []string
		want   string
	}{
		"log empty":       {"/v1/log", text(""), export, "gives 0"},
		"log junk":        {"/v1/log", text("<html>\n"), export, "entry 0"},
		"log half":        {"/v1/log", text(`{"v":1`), export, "broke off"},
		"log 500":         {"/v1/log", status(500, broken), export, "500"},
		"log 404":         {"/v1/log", status(404, ""), export, "404"},
		"log moved":       {"/v1/log", moved, export, "302"},
		"list 500":        {"/v1/proposals", status(500, broken), list, "500"},
		"list 404":        {"/v1/proposals", status(404, ""), list, "404"},
		"list 204":        {"/v1/proposals", status(204, ""), list, "it has the status 204"},
		"list text":       {"/v1/proposals", text("hello"), list, "JSON"},
		"list null":       {"/v1/proposals", text("null"), list, "null"},
		"list no list":    {"/v1/proposals", text("{}"), list, "no items"},
		"vote 500":        {"/v1/operations", status(500, broken), vote, "500"},
		"vote no receipt": {"/v1/operations", text("{}"), vote, "no receipt"},
		"vote refused":    {"/v1/operations", status(422, refused), vote, "paid before"},
		"events junk":     {"/v1/events", text("id: 0\ndata: {}\n\n"), events, "entry 0"},
		"events hello":    {"/v1/events", text("id: 99999999999999999999\nevent: hello\ndata: {}\n\n"), events, "no entry"},
		"notice 500":      {"notifications", status(500, broken), watch, "500"},
		"notice empty":    {"notifications", text("id: 1-2-3\ndata: {}\n\n"), watch, "no notice"},
		"notice null":     {"notifications", text("data: null\n\n"), watch, "no notice"},
		"notice junk":     {"notifications", text("id: 1-2-3\ndata: nonsense\n\n"), watch, "a notice"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, asJSON := range []bool{false, true} {
				g, bad := newGreedy(t, c.part, c.answer)
				g.s.events = append(g.s.events, &op.Event{}) // so that there is a log
				line := c.line
				if asJSON {
					line = append([]string{"--json"}, line...)
				}
				o := g.run(line...)
				code := map[string]int{"vote no receipt": exitUnknown, "vote refused": exitRefused}[name]
				require.Equal(t, cmp.Or(code, exitUnserved), o.code, o.err)
				require.Equal(t, 1, bad.sold)
				require.Contains(t, o.err, c.want)
				hash := ""
				for h := range g.s.node.status {
					hash = h.String()
				}
				if !asJSON {
					require.Equal(t, 2, strings.Count(o.err, "payment "+hash), "when it is paid, and at the end: %s", o.err)
					require.Equal(t, name != "vote refused", strings.Contains(o.err, "paid and not served: 100 sat"), o.err)
					continue
				}
				var v struct{ Error map[string]any }
				require.NoError(t, json.Unmarshal([]byte(o.err), &v), o.err)
				require.Equal(t, hash, v.Error["payment_hash"])
				require.EqualValues(t, 100, v.Error["paid_sat"])
			}
		})
	}
}
