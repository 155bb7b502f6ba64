package httpapi

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/statement"
)

type standingAnswer struct {
	PubKey                                   string
	Epoch, Seq                               uint64
	TimeMs                                   int64 `json:"time_ms"`
	UntilMs                                  int64 `json:"until_ms"`
	Score, Flow, Quality, Positive, Negative string
	ReceiptsSince                            int `json:"receipts_since"`
	Items                                    []struct {
		Consumer           string
		FlowGiven          string `json:"flow_given"`
		Positive, Negative string
		Receipts           []struct {
			Seq    uint64
			Rating int
		}
	}
	Next string
}

// epoch lets the present epoch end, and returns how many have.
func (w *world) epoch() (closed int64) {
	w.T.Helper()
	var end int64
	w.Node.View(func(s *ledger.State, _ int64) { closed, end = s.Epoch() })
	w.Clock.Add(time.Duration(end+1-w.Clock.NowMs()) * time.Millisecond)
	w.Chain.Tips <- nodetest.Tip
	w.Until("the epoch is closed", func(s *ledger.State, _ int64) bool {
		n, _ := s.Epoch()
		return n > closed
	})
	return closed + 1
}

// rated is a world in which consumers with stake have praised a provider, but
// for the last one, who complains.
func rated(t *testing.T, consumers int) (*world, op.SecretKey) {
	w := newWorld(t, nil)
	provider := nodetest.Key(t, 0x60)
	w.submit(provider, op.KindRegister, op.Register{Name: "provider"})
	w.submit(provider, op.KindBindNode, nodetest.Binding(provider))
	for i := range consumers {
		key := nodetest.Key(t, byte(0x61+i))
		w.submit(key, op.KindRegister, op.Register{Name: "consumer"})
		w.stake(key, 20_000)
		rating := int64(7)
		if i == consumers-1 {
			rating = -4
		}
		w.submit(key, op.KindReceipt, w.RatingOf(key.Public(), provider, 100, rating, uint64(i)))
	}
	return w, provider
}

// The pages of an explanation name every receipt once, by its entry, and add up
// to the standing.
func TestReputationIsExplained(t *testing.T) {
	w, provider := rated(t, 4)
	path := "/v1/agents/" + provider.Public().String() + "/reputation"
	w.epoch()
	w.epoch()
	var all standingAnswer
	w.get(path).into(t, &all)
	require.Equal(t, provider.Public().String(), all.PubKey)
	require.NotEqual(t, "0", all.Score)
	require.Len(t, all.Items, 4)
	require.Equal(t, strconv.FormatInt(2<<32, 10), all.Negative, "a complaint counts twice")

	var flow, positive, negative uint64
	var pages standingAnswer
	for cursor := ""; ; cursor = "&cursor=" + pages.Next {
		pages = standingAnswer{}
		w.get(path+"?limit=1"+cursor).into(t, &pages)
		require.Len(t, pages.Items, 1)
		s := pages.Items[0]
		flow, positive, negative = flow+number(t, s.FlowGiven), positive+number(t, s.Positive), negative+number(t, s.Negative)
		e, _, err := w.Node.Entry(s.Receipts[0].Seq)
		require.NoError(t, err)
		require.Equal(t, op.KindReceipt, e.Event.Kind)
		require.Equal(t, s.Consumer, e.Event.PubKey.String())
		if pages.Next == "" {
			break
		}
	}
	require.Equal(t, []uint64{number(t, all.Flow), number(t, all.Positive), number(t, all.Negative)}, []uint64{flow, positive, negative},
		"the provider staked nothing, so all its flow comes from consumers")
}

func number(t testing.TB, text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err)
	return n
}

// A standing stays until the next epoch; what is entered meanwhile is counted
// and shown as such. A cursor of the epoch before is refused, unless that epoch
// is asked about.
func TestReputationBelongsToItsEpoch(t *testing.T) {
	w, provider := rated(t, 3)
	path := "/v1/agents/" + provider.Public().String() + "/reputation"
	w.epoch()
	var before, after standingAnswer
	first := w.get(path + "?limit=1")
	first.into(t, &before)
	other := nodetest.Key(t, 0x70)
	w.submit(other, op.KindRegister, op.Register{Name: "other"})
	w.submit(other, op.KindReceipt, w.Rating(provider, 100, -1, 99))
	w.get(path+"?limit=1").into(t, &after)
	require.Equal(t, 1, after.ReceiptsSince)
	after.ReceiptsSince = 0
	require.Equal(t, before, after)

	w.epoch()
	p := w.get(path + "?limit=1&cursor=" + before.Next).problem(t)
	require.Equal(t, []any{400, "cursor", "cursor-epoch"}, []any{p.Status, p.Field, p.Rule})
	at := "&at=" + first.header.Get(seqHeader)
	require.Equal(t, string(first.body), string(w.get(path+"?limit=1"+at).body))
	w.get(path+"?limit=1&cursor="+before.Next+at).into(t, &after)
	require.Len(t, after.Items, 1)
}

func TestReputationHistoryIsPaged(t *testing.T) {
	w, provider := rated(t, 2)
	path := "/v1/agents/" + provider.Public().String() + "/reputation/history"
	for range 3 {
		w.epoch()
	}
	closed := w.epoch()
	var all, one struct {
		Items []standingAnswer
		Next  string
	}
	w.get(path).into(t, &all)
	require.Empty(t, all.Next)
	require.NotEmpty(t, all.Items)
	last := all.Items[len(all.Items)-1]
	require.EqualValues(t, closed-1, last.Epoch)
	require.NotEqual(t, "0", last.Score)
	var walked []standingAnswer
	for cursor := ""; ; cursor = "&cursor=" + one.Next {
		one.Items, one.Next = nil, ""
		w.get(path+"?limit=2"+cursor).into(t, &one)
		walked = append(walked, one.Items...)
		if one.Next == "" {
			break
		}
	}
	require.Equal(t, all.Items, walked)
}

// Either form is signed by the operator and says what the standing is; asking
// again gives the same bytes.
func TestReputationStatement(t *testing.T) {
	w, provider := rated(t, 3)
	path := "/v1/agents/" + provider.Public().String() + "/reputation"
	w.epoch()
	var v standingAnswer
	w.get(path).into(t, &v)
	for format, media := range map[string]string{"nip85": "application/json", "vc%2Bjwt": "application/vc+jwt", "vc+jwt": "application/vc+jwt"} {
		a := w.get(path + "/statement?format=" + format)
		require.Equal(t, http.StatusOK, a.status, "%s", a.body)
		require.Equal(t, media, a.header.Get("Content-Type"))
		s, _, err := statement.Open(a.body)
		require.NoError(t, err)
		require.Equal(t, statement.Statement{Economy: nodetest.Economy, Issuer: nodetest.Key(t, 1).Public(), Subject: provider.Public(),
			Epoch: int64(v.Epoch), Seq: v.Seq, TimeMs: v.TimeMs, UntilMs: v.UntilMs,
			Score: number(t, v.Score), Flow: number(t, v.Flow), Quality: number(t, v.Quality),
			Positive: number(t, v.Positive), Negative: number(t, v.Negative)}, s)
		require.Equal(t, string(a.body), string(w.get(path+"/statement?format="+format).body))
	}
}

func TestReputationBadInput(t *testing.T) {
	w := newWorld(t, nil)
	key := nodetest.Key(t, 0x60)
	w.submit(key, op.KindRegister, op.Register{Name: "new"})
	known, stranger := "/v1/agents/"+key.Public().String()+"/reputation", "/v1/agents/"+nodetest.Key(t, 0x61).Public().String()+"/reputation"
	for path, want := range map[string][]any{
		known:                             {409, "pubkey", "first-epoch"},
		known + "/history":                {409, "pubkey", "first-epoch"},
		known + "/statement?format=nip85": {409, "pubkey", "first-epoch"},
		stranger:                          {404, "pubkey", "agent"},
		stranger + "/history":             {404, "pubkey", "agent"},
		known + "/statement":              {400, "format", "format"},
		known + "/statement?format=pdf":   {400, "format", "format"},
		known + "?cursor=AXMA":            {400, "cursor", "cursor"},
		known + "/history?cursor=AXMA":    {400, "cursor", "cursor"},
		known + "?limit=0":                {400, "limit", "range"},
		"/v1/agents/00/reputation":        {400, "pubkey", "key"},
	} {
		p := w.get(path).problem(t)
		require.Equal(t, want, []any{p.Status, p.Field, p.Rule}, path)
	}
}

// Explanations are read beside the writer; the race detector is the judge.
func TestReputationBesideTheWriter(t *testing.T) {
	w, provider := rated(t, 3)
	w.epoch()
	statuses := make(chan int, 50)
	var wg sync.WaitGroup
	wg.Go(func() {
		for range cap(statuses) {
			res, err := http.Get(w.url + "/v1/agents/" + provider.Public().String() + "/reputation")
			if err != nil {
				break
			}
			_ = res.Body.Close()
			statuses <- res.StatusCode
		}
	})
	for b := byte(0x70); b < 0x7c; b++ {
		w.submit(nodetest.Key(t, b), op.KindRegister, op.Register{Name: "more"})
		w.submit(nodetest.Key(t, b), op.KindReceipt, w.Rating(provider, 100, 1, uint64(b)))
		if b%4 == 0 {
			w.epoch()
		}
	}
	wg.Wait()
	close(statuses)
	require.Len(t, statuses, cap(statuses))
	for status := range statuses {
		require.Equal(t, http.StatusOK, status)
	}
}
