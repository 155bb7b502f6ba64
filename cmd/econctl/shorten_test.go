package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/ledger"
)

// An id may be shortened where one alone begins like that. Whoever signs sees all
// of it, and it is all of it that is signed.
func TestShortIDs(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	one, two, other := strings.Repeat("1", 63)+"a", strings.Repeat("1", 63)+"b", "2"+strings.Repeat("1", 63)
	s.proposals = []map[string]any{{"id": one, "title": "dear\x1b bread", "state": "active"}, {"id": two, "title": "wine", "state": "active"},
		{"id": other, "title": "salt", "state": "draft"}}

	o := g.run("vote", "211111", "for")
	require.Equal(t, exitUsage, o.code, "nobody agreed")
	require.Contains(t, o.err, "proposal "+other+"  salt (draft)\n")
	require.Contains(t, o.err, "give all of it")
	require.Empty(t, s.events, "nothing is signed")

	g.yes = true
	o = g.run("vote", "211111", "for")
	require.Equal(t, exitOK, o.code, o.err)
	require.True(t, strings.HasPrefix(o.err, "proposal "+other+"  salt (draft)\n"), o.err)
	require.Equal(t, `{"proposal":"`+other+`","choice":"for"}`, s.last().Content)
	require.Equal(t, other, g.json("proposal", "show", "211111")["id"], "who reads need not be told")

	signed := len(s.events)
	for _, c := range []struct {
		line []string
		want string
	}{
		{[]string{"vote", "21111", "for"}, "at least the first 6 characters"},
		{[]string{"vote", "111111", "for"}, "is the beginning of 2 ids; give more of it:\n  " + one + "  dear\uFFFD bread (active)\n  " + two + "  wine (active)\n"},
		{[]string{"vote", "333333", "for"}, "no proposal begins with 333333"},
		{[]string{"--json", "vote", "211111", "for"}, "with --json what is signed is named by its whole id"},
		{[]string{"report", "x=1", "--proposal", "111111"}, "--proposal: 111111 is the beginning of 2 ids"},
		{[]string{"admin", "veto", "333333", "--reason", "r"}, "no proposal begins with"},
	} {
		o := g.run(c.line...)
		require.Equal(t, exitUsage, o.code, "%v: %s", c.line, o.err)
		require.Contains(t, strings.ReplaceAll(o.err, `\n`, "\n"), c.want)
	}
	require.Len(t, s.events, signed, "nothing was signed")
}

// Holds are looked for among the caller's own, agents by key or npub, and a list
// that is too long proves nothing.
func TestShortIDsOfOthers(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	g.yes = true
	id := g.json("stake", "lock", "2500")["id"].(string)
	require.Equal(t, id, g.json("stake", "show", id[:6])["id"])
	o := g.run("stake", "release", id[:8])
	require.Equal(t, exitOK, o.code, o.err)
	require.Contains(t, o.err, "hold of yours "+id+"  stake (offered)")

	s.agent = g.key.Public().String()
	for _, short := range []string{s.agent[:6], npub(g.key.Public())[:12]} {
		o = g.run("delegate", short)
		require.Equal(t, exitOK, o.code, o.err)
		require.Equal(t, "agent "+s.agent+"  a\uFFFD[2Jda\n", o.err)
		require.Equal(t, `{"track":"","to":"`+s.agent+`"}`, s.last().Content)
	}
	for i := range maxListed + 1 {
		s.proposals = append(s.proposals, map[string]any{"id": fmt.Sprintf("%060d%04d", 4, i), "title": "x"})
	}
	s.endless = true
	o = g.run("proposal", "show", "444444")
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.err, "there are more than 2000; give the whole id")
}

// completions of the line that ends with its last word.
func (g *agent) completions(line ...string) []string {
	g.t.Helper()
	config := filepath.Join(g.dir, "complete.yaml")
	require.NoError(g.t, os.WriteFile(config, []byte("econd: "+g.s.URL+"\nkey: "+filepath.Join(g.dir, "agent.key")+"\n"), 0o600))
	var out, errs strings.Builder
	args := append([]string{cobra.ShellCompRequestCmd, "--config", config}, line...)
	require.Equal(g.t, exitOK, run(g.t.Context(), newApp(nil, &out, &errs), args), errs.String())
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	return lines[:len(lines)-1] // without the directive
}

func TestCompletion(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	id := g.json("stake", "lock", "2500")["id"].(string)
	other := "2" + strings.Repeat("1", 63)
	s.agent = g.key.Public().String()
	s.proposals = []map[string]any{{"id": other, "title": "salt", "state": "draft"}}
	for _, c := range []struct {
		line []string
		want []string
	}{
		{[]string{"vote", ""}, []string{other + "\tsalt (draft)"}},
		{[]string{"vote", "3"}, []string{}},
		{[]string{"vote", other, "a"}, []string{"against", "abstain"}},
		{[]string{"support", other, ""}, []string{"all"}},
		{[]string{"juror", "commit", other, ""}, []string{"uphold", "refuse"}},
		{[]string{"stake", "release", ""}, []string{id + "\tstake (offered)"}},
		{[]string{"propose", "--track", "p"}, []string{"price", "poll"}},
		{[]string{"webhook", "set", "--tracks", "price,po"}, []string{"price,poll"}},
		{[]string{"proposal", "list", "--state", "ve"}, []string{"vetoed"}},
		{[]string{"juror", "join", ""}, []string{"general", "models"}},
		{[]string{"juror", "join", "general", "m"}, []string{"models"}},
		{[]string{"notifications", "watch", "--kinds", "vote-needed,vote"}, []string{"vote-needed,vote-needed"}},
		{[]string{"registry", "show", "m"}, []string{"model"}},
		{[]string{"delegate", npub(g.key.Public())[:9]}, []string{npub(g.key.Public()) + "\ta\uFFFD[2Jda"}},
		{[]string{"delegate", s.agent[:3]}, []string{s.agent + "\ta\uFFFD[2Jda"}},
		{[]string{"stake", ""}, []string{"confirm", "keep", "list", "lock", "pay", "release", "show"}},
	} {
		got := g.completions(c.line...)
		if c.line[0] == "stake" && len(c.line) == 2 {
			for i := range got {
				got[i], _, _ = strings.Cut(got[i], "\t")
			}
		}
		require.ElementsMatch(t, c.want, got, c.line)
	}
	s.price["queries"] = 5
	require.Empty(t, g.completions("vote", ""), "nothing is paid for completion")
	s.Close()
	require.Empty(t, g.completions("vote", ""), "an econd that is away is no error")
}

// Every argument and flag is completed, or is known to be free text.
func TestEverythingIsCompleted(t *testing.T) {
	free := []string{"AMOUNT_SAT", "SAT", "URL", "TOKEN_ID", "INVOICE", "CONTENT", "FILE", "DIR", "NAME", "VERSION", "INVOICE_OR_URL", "TERMS"}
	for _, c := range allOf(anyRoot()) {
		if cli.IsGroup(c) || c.Hidden {
			continue
		}
		for _, arg := range cli.Arguments(c.Use) {
			if arg.Name != "" && !slices.Contains(free, arg.Name) {
				require.Contains(t, things, arg.Name, c.CommandPath())
			}
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			_, done := c.GetFlagCompletionFunc(f.Name)
			require.True(t, done || f.Value.Type() == "bool" || slices.Contains(fileFlags, f.Name), "%s --%s", c.CommandPath(), f.Name)
		})
	}
	for name := range choices {
		path, flag, _ := strings.Cut(name, " --")
		c, _, err := anyRoot().Find(strings.Fields(path))
		require.NoError(t, err)
		require.Equal(t, path, pathOf(c))
		require.True(t, flag == "" || c.Flags().Lookup(flag) != nil, name)
	}
}

// What is offered for a flag is what econd takes: its lists are in packages that no client needs.
func TestChoicesAreThoseOfTheLedger(t *testing.T) {
	var statuses []string
	for _, s := range ledger.RegistryStatuses() {
		statuses = append(statuses, string(s))
	}
	for name, want := range map[string][]string{
		"dispute list --state":   ledger.DisputeStates(),
		"juror list --state":     ledger.JurorStates(),
		"payout list --state":    ledger.PayoutStates(),
		"registry list --kind":   ledger.RegistryKinds(),
		"registry show":          ledger.RegistryKinds(),
		"registry list --status": statuses,
		"dispute open --ground":  ledger.Grounds(),
	} {
		require.ElementsMatch(t, want, choices[name], name)
	}
}

// A passphrase is never asked for at a prompt that is being completed.
func TestCompletionAsksForNoPassphrase(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	require.NoError(t, os.Remove(filepath.Join(g.dir, "agent.key")))
	require.NoError(t, keyfile.Seal(filepath.Join(g.dir, "agent.key"), []byte("long enough"), keyfile.NewAgent(g.key), keyfile.WorkFactor(10)))
	require.Empty(t, g.completions("stake", "release", ""))
}
