package main

import (
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
	read := func(name string) string {
		text, err := os.ReadFile("../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	var rules struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.UnmarshalWithOptions([]byte(read("alerts.yaml")), &rules, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{"up": ""}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| [a-z]+ \\|([^|]*)\\|").FindAllStringSubmatch(read("metrics.md"), -1) {
		labels[m[1]] = m[2]
	}
	explained := map[string]bool{}
	for _, row := range tableRows(t, "## Metrics and alerts", 2) {
		explained[strings.Trim(row[0], "`")] = true
	}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			used := regexp.MustCompile(`([a-z_]+)\{([^}]*)\}`).FindAllStringSubmatch(r.Expr, -1)
			if len(used) == 0 || r.Labels["severity"] == "" || r.Annotations["summary"] == "" {
				t.Errorf("%s: no metric, severity or summary", r.Alert)
			}
			for _, name := range regexp.MustCompile(`\becond_[a-z_]+`).FindAllString(r.Expr, -1) {
				if _, ok := labels[name]; !ok {
					t.Errorf("%s: there is no metric %s", r.Alert, name)
				}
			}
			for _, m := range regexp.MustCompile(`econd_ready\{[^}]*part=~?"([^"]*)"`).FindAllStringSubmatch(r.Expr, -1) {
				for _, part := range strings.Split(m[1], "|") {
					if node.PartOf(part+":") != part {
						t.Errorf("%s: econd_ready has no part %s", r.Alert, part)
					}
				}
			}
			for _, m := range used {
				has, ok := labels[m[1]]
				if !ok {
					t.Errorf("%s: there is no metric %s", r.Alert, m[1])
				}
				for _, l := range regexp.MustCompile(`([a-z_]+)=`).FindAllStringSubmatch(m[2], -1) {
					if l[1] != "job" && !strings.Contains(has, "`"+l[1]+"`") {
						t.Errorf("%s: %s has no label %s", r.Alert, m[1], l[1])
					}
				}
			}
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
