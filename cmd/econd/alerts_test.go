package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/econd/econd/node"
)

// The alert rules can be read, name only metrics of docs/metrics.md with labels that
// they have, and docs/operating.md says for each alert, and no other, what to do.
func TestAlerts(t *testing.T) {
	var rules struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.UnmarshalWithOptions([]byte(readDoc(t, "alerts.yaml")), &rules, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	labels := documentedLabels(t)
	explained := map[string]bool{}
	for _, row := range tableRows(t, "## Metrics and alerts", 2) {
		explained[strings.Trim(row[0], "`")] = true
	}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			if r.Labels["severity"] == "" || r.Annotations["summary"] == "" {
				t.Errorf("%s: no severity or summary", r.Alert)
			}
			checkQuery(t, r.Alert, r.Expr, labels)
			if !explained[r.Alert] {
				t.Errorf("docs/operating.md does not say what to do about %s", r.Alert)
			}
			delete(explained, r.Alert)
		}
	}
	for name := range explained {
		t.Errorf("docs/operating.md explains %s, which is no alert", name)
	}
}

func readDoc(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// documentedLabels are the cells of docs/metrics.md that list the labels, by metric.
func documentedLabels(t *testing.T) map[string]string {
	labels := map[string]string{"up": ""}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| [a-z]+ \\|([^|]*)\\|").FindAllStringSubmatch(readDoc(t, "metrics.md"), -1) {
		labels[m[1]] = m[2]
	}
	return labels
}

// checkQuery holds a query against the metrics that there are, the labels that they have, and its
// own brackets. Whether all of it is PromQL is promtool's to say, see make test-clients.
func checkQuery(t *testing.T, where, query string, labels map[string]string) {
	t.Helper()
	used := regexp.MustCompile(`([a-z_]+)\{([^}]*)\}`).FindAllStringSubmatch(query, -1)
	if len(used) == 0 {
		t.Errorf("%s: no metric", where)
	}
	for _, name := range regexp.MustCompile(`\becond_[a-z_]+`).FindAllString(query, -1) {
		if _, ok := labels[name]; !ok {
			t.Errorf("%s: there is no metric %s", where, name)
		}
	}
	for _, m := range regexp.MustCompile(`econd_ready\{[^}]*part=~?"([^"]*)"`).FindAllStringSubmatch(query, -1) {
		for _, part := range strings.Split(m[1], "|") {
			if node.PartOf(part+":") != part {
				t.Errorf("%s: econd_ready has no part %s", where, part)
			}
		}
	}
	for _, m := range used {
		for _, l := range regexp.MustCompile(`([a-z_]+)=`).FindAllStringSubmatch(m[2], -1) {
			if l[1] != "job" && !strings.Contains(labels[m[1]], "`"+l[1]+"`") {
				t.Errorf("%s: %s has no label %s", where, m[1], l[1])
			}
		}
	}
	for _, m := range regexp.MustCompile(`by \(([^)]*)\) \([^{]*?(econd_[a-z_]+)`).FindAllStringSubmatch(query, -1) {
		for _, l := range strings.Split(m[1], ", ") {
			if l != "instance" && !strings.Contains(labels[m[2]], "`"+l+"`") {
				t.Errorf("%s: %s has no label %s", where, m[2], l)
			}
		}
	}
	var open []rune
	for _, c := range regexp.MustCompile(`"[^"]*"`).ReplaceAllString(query, "") {
		switch at := strings.IndexRune(")]}", c); {
		case strings.ContainsRune("([{", c):
			open = append(open, c)
		case at >= 0 && (len(open) == 0 || open[len(open)-1] != rune("([{"[at])):
			t.Errorf("%s: brackets do not match in %s", where, query)
			return
		case at >= 0:
			open = open[:len(open)-1]
		case c == '"':
			t.Errorf("%s: a quote does not end in %s", where, query)
			return
		}
	}
	if len(open) > 0 {
		t.Errorf("%s: brackets do not end in %s", where, query)
	}
}

// The dashboard can be imported, and its panels ask for metrics that there are.
func TestAlertsDashboard(t *testing.T) {
	var board struct {
		UID, Title    string
		SchemaVersion int
		Panels        []struct {
			ID      int
			Type    string
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ RefID, Expr string }
		}
	}
	if err := json.Unmarshal([]byte(readDoc(t, "grafana.json")), &board); err != nil {
		t.Fatal(err)
	}
	if board.UID == "" || board.Title == "" || board.SchemaVersion == 0 || len(board.Panels) < 8 {
		t.Fatalf("no dashboard: %+v", board)
	}
	labels, ids := documentedLabels(t), map[int]bool{}
	for _, p := range board.Panels {
		if p.Title == "" || p.Type == "" || ids[p.ID] || len(p.Targets) == 0 || p.GridPos.W < 1 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %d, %q: no type, title, place or query, or its id is another's", p.ID, p.Title)
		}
		ids[p.ID] = true
		for _, q := range p.Targets {
			checkQuery(t, p.Title, q.Expr, labels)
		}
	}
}
