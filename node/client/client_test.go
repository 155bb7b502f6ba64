package client_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/httpapi"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/read"
	"github.com/econd/econd/node/statement"
	"github.com/econd/econd/node/view"
)

// world is a real econd, and what stands before it.
type world struct {
	*nodetest.World
	url string

	mu       sync.Mutex
	requests []string // method and path
	lose     int      // answers to operations that get lost
}

func newWorld(t *testing.T) *world { return newWorldOf(t, func(*constitution.Constitution) {}) }

// newWorldOf is a world by the demo constitution, changed.
func newWorldOf(t *testing.T, change func(*constitution.Constitution)) *world {
	raw, err := yamlfile.Parse(yamlfile.Demo)
	require.NoError(t, err)
	c, err := constitution.Decode(raw)
	require.NoError(t, err)
	change(c)
	w := &world{World: nodetest.New(t, []byte(op.EncodeContent(c)))}
	api, err := httpapi.New(httpapi.Config{Door: admission.Door{Node: w.Node, Version: "test", Now: w.Clock.Now, Mode: admission.Off},
		Log: w.Log, Metrics: prometheus.NewRegistry(), Limits: httpapi.DefaultLimits()})
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := api.Server("")
	behind := server.Handler
	server.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.serve(rw, r, behind) })
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	w.url = "http://" + listener.Addr().String()
	return w
}

func (w *world) serve(rw http.ResponseWriter, r *http.Request, behind http.Handler) {
	w.mu.Lock()
	w.requests = append(w.requests, r.Method+" "+r.URL.Path)
	lost := r.URL.Path == "/v1/operations" && w.lose > 0
	if lost {
		w.lose--
	}
	w.mu.Unlock()
	if !lost {
		behind.ServeHTTP(rw, r)
		return
	}
	behind.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

func (w *world) client(key op.SecretKey) *client.Client {
	c, err := client.New(client.Config{URL: w.url, Signer: client.Key(key), Now: w.Clock.Now})
	require.NoError(w.T, err)
	return c
}

func (w *world) submit(c *client.Client, kind op.Kind, content any) *op.Event {
	e, err := c.Sign(w.T.Context(), kind, content)
	require.NoError(w.T, err)
	_, err = c.Submit(w.T.Context(), e)
	require.NoError(w.T, err)
	return e
}

// An operation whose answer is lost is recorded once, by whoever submits it how often.
func TestAnOperationCountsOnce(t *testing.T) {
	w := newWorld(t)
	c := w.client(nodetest.Key(t, 9))
	w.lose = 1
	e, err := c.Sign(t.Context(), op.KindRegister, op.Register{Name: "Ada"})
	require.NoError(t, err)
	first, err := c.Submit(t.Context(), e)
	require.NoError(t, err)
	require.True(t, first.Replay, "the first answer was lost")
	again, err := c.Submit(t.Context(), e)
	require.NoError(t, err)
	require.Equal(t, first, again)
	about, err := c.Info().Get(t.Context())
	require.NoError(t, err)
	require.Equal(t, first.Seq+1, about.Size)
	there, err := c.Operation(e.ID).Get(t.Context())
	require.NoError(t, err)
	require.Equal(t, first.Seq, there.Receipt.Seq)

	e, err = c.Sign(t.Context(), op.KindRegister, op.Register{Name: "another Ada"})
	require.NoError(t, err)
	_, err = c.Submit(t.Context(), e)
	var p *client.Problem
	require.ErrorAs(t, err, &p)
	require.Equal(t, []any{409, "register-once", "pubkey"}, []any{p.Status, p.Rule, p.Field})
	_, err = c.Sign(t.Context(), op.KindRegister, op.Register{Name: strings.Repeat("x", op.MaxEventBytes)})
	require.ErrorIs(t, err, client.ErrContent)
}

// A draft is what would be signed, and needs nobody who signs.
func TestADraftIsWhatWouldBeSigned(t *testing.T) {
	w := newWorld(t)
	c, err := client.New(client.Config{URL: w.url, Now: w.Clock.Now})
	require.NoError(t, err)
	draft, err := c.Draft(t.Context(), op.KindRegister, op.Register{Name: "Ada"})
	require.NoError(t, err)
	signed, err := w.client(nodetest.Key(t, 9)).Sign(t.Context(), op.KindRegister, op.Register{Name: "Ada"})
	require.NoError(t, err)
	require.Equal(t, []any{signed.Kind, signed.Content, signed.Tags, signed.CreatedAt}, []any{draft.Kind, draft.Content, draft.Tags, draft.CreatedAt})
	require.Zero(t, draft.Sig)
	_, err = c.Sign(t.Context(), op.KindRegister, op.Register{Name: "Ada"})
	require.ErrorIs(t, err, client.ErrNoSigner)
	_, err = c.Draft(t.Context(), op.KindRegister, op.Register{Name: strings.Repeat("x", op.MaxEventBytes)})
	require.ErrorIs(t, err, client.ErrContent)
}

// Lists, the past, the log and its stream say the same as econd's state, to many at once.
func TestReadsOfARealEcond(t *testing.T) {
	w := newWorld(t)
	c := w.client(nodetest.Key(t, 9))
	e := w.submit(c, op.KindRegister, op.Register{Name: "Ada"})
	other := w.client(nodetest.Key(t, 8))
	w.submit(other, op.KindRegister, op.Register{Name: "Bob"})
	about, err := c.Info().Get(t.Context())
	require.NoError(t, err)

	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			var names []string
			for a, err := range c.Agents().All(t.Context()) {
				if err != nil {
					t.Error(err)
				}
				names = append(names, a.Name)
			}
			if got := strings.Join(names, " "); got != "Ada Bob" {
				t.Errorf("agents are %q", got)
			}
		})
	}
	wg.Wait()
	there, err := c.Operation(e.ID).Get(t.Context())
	require.NoError(t, err)
	past, err := c.At(there.Receipt.Seq).Agents().Page(t.Context(), "", 0)
	require.NoError(t, err)
	require.Len(t, past.Items, 1)
	_, err = c.Agent(op.PublicKey{1}).Get(t.Context())
	require.True(t, client.IsStatus(err, http.StatusBadRequest) || client.IsStatus(err, http.StatusNotFound), err)

	var log, stream []string
	for entry, err := range c.Log(t.Context(), about.Size) {
		require.NoError(t, err)
		log = append(log, string(entry.Line))
	}
	for entry, err := range c.Events(t.Context(), client.FromStart) {
		require.NoError(t, err)
		if stream = append(stream, string(entry.Line)); len(stream) == len(log) {
			break
		}
	}
	require.Len(t, log, int(about.Size))
	require.Equal(t, log, stream)
}

// Every route that a program has a use for is reached, under the path of the table.
func TestEveryRouteIsReached(t *testing.T) {
	w := newWorld(t)
	c := w.client(nodetest.Key(t, 1)) // the operator
	ctx, id, key := t.Context(), op.ID{1}, nodetest.Key(t, 9).Public()
	for _, ask := range []interface{ ask() error }{
		one(c.Info()), text(c.Constitution()), list(c.ConstitutionVersions()), text(c.ConstitutionVersion(1)), list(c.Registry(client.RegistryFilter{})),
		one(c.RegistryEntry("model", "a", client.RegistryEntryFilter{Version: "1"})), one(c.Operation(id)), text(c.OperationProof(id)), one(c.StakeProof(id)),
		list(c.Agents()), one(c.Agent(key)), list(c.Delegations(key)), list(c.Participation(key, client.ParticipationFilter{})), list(c.DelegateReport(key)),
		list(c.Turnout("price")), list(c.Reputation(key)), list(c.Standings(key)), text(c.ReputationStatement(key, string(statement.NIP85))),
		list(c.Proposals(client.ProposalsFilter{})), one(c.Proposal(id)), one(c.ExplainProposal(id)), list(c.Ballots(id)), text(c.BallotProof(id, key)),
		one(c.QuoteExit(id, key)), list(c.Disputes(client.DisputesFilter{})), one(c.Dispute(id)), list(c.ProposalDisputes(id)),
		list(c.Jurors(client.JurorsFilter{})), one(c.Juror(key)), list(c.Grants(client.GrantsFilter{})), one(c.Grant("1-0")), list(c.Budgets(key)),
		list(c.Stakes(key)), one(c.Stake(id)), list(c.Pools()), list(c.Payouts(client.PayoutsFilter{})), one(c.Payout("1-0")), list(c.Metrics()),
		list(c.Figures("load")), list(c.Rules()), one(c.Rule("load")), list(c.Pauses()), list(c.PauseMotions()), text(c.Checkpoint()),
		list(c.Wallets(client.WalletsFilter{})), one(c.Wallet("wallet-0")), list(c.Payments(client.PaymentsFilter{})),
		one(c.Payment("spend-0")), list(c.Breakers()), one(c.Consistency(0, 1)), list(c.Anchors()), list(c.AnchorProofs()), list(c.Recoveries()),
	} {
		var refused *client.Problem
		if err := ask.ask(); err != nil && !errors.As(err, &refused) {
			t.Error(err)
		}
	}
	w.submit(w.client(nodetest.Key(t, 9)), op.KindRegister, op.Register{Name: "Ada"})
	for _, err := range c.Log(ctx, 1) {
		require.NoError(t, err)
	}
	for range c.Events(ctx, client.FromStart) {
		break
	}
	for range c.Notices(ctx, key, client.NoticeFilter{Kinds: []string{"no-kind"}}) {
	}
	_, _, _ = c.SetWebhook(ctx, key, view.WebhookTarget{})
	_, _, _ = c.Webhook(ctx, key)
	_, _, _ = c.WebhookSecret(ctx, key)
	_ = c.RemoveWebhook(ctx, key)
	_, _ = c.CheckSpend(ctx, "wallet-0", view.SpendRequest{})
	_, _ = c.PaySpend(ctx, op.Spend{Wallet: "wallet-0", Type: op.SpendKeysend, AmountMsat: 1, Purpose: "none"}, op.SpendTexts{}, 0)
	_, _ = c.SpendResult(ctx, "spend-0", 0)
	_ = c.AnchorNow(ctx)
	_, _ = c.Backup(ctx, io.Discard)
	_ = c.RevokeToken(ctx, l402.TokenID{1})
	_, _ = c.OriginSecret(ctx, "https://example.com")

	asked := strings.Join(w.requests, "\n") + "\n"
	parameter := regexp.MustCompile(`\\\{[a-z]+\\\}`)
	for _, r := range read.Routes() {
		if !strings.HasPrefix(r.Path, "/v1/") || strings.Contains(r.Path, "/schemas/") || strings.Contains(r.Path, "/openapi.") {
			continue // documents of this version, which no program asks an econd for
		}
		want := parameter.ReplaceAllString(regexp.QuoteMeta(r.Verb()+" "+r.Path), `[^/\n]+`)
		require.Regexp(t, "(?m)^"+want+"$", asked, r.Name)
	}
}

var background = context.Background()

type asker func() error

func (a asker) ask() error { return a() }

func one[T any](o client.One[T]) asker {
	return func() error { _, err := o.Get(background); return err }
}

func text(d client.Document) asker {
	return func() error { _, err := d.Get(background); return err }
}

func list[T any, P interface{ Listed() ([]T, string) }](l client.ListOf[T, P]) asker {
	return func() error { _, err := l.Page(background, "", 0); return err }
}

// The Go of the documents is the example that runs.
func TestDocumentsShowTheExample(t *testing.T) {
	example, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	for _, file := range []string{"../../README.md", "../../docs/agents.md"} {
		doc, err := os.ReadFile(file)
		require.NoError(t, err)
		shown := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllSubmatch(doc, -1)
		require.NotEmpty(t, shown, file)
		for _, block := range shown {
			require.Contains(t, string(example), strings.TrimSpace(string(block[1])), file)
		}
	}
}
