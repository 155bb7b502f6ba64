package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/answers"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

const adminBase = "https://econd.example"

// authAt signs a NIP-98 event.
func authAt(t testing.TB, by op.SecretKey, at int64, tags ...[]string) *op.Event {
	t.Helper()
	e := &op.Event{CreatedAt: at, Kind: kindHTTPAuth, Tags: tags}
	require.NoError(t, e.Sign(by))
	return e
}

func authText(e *op.Event) string { return base64.StdEncoding.EncodeToString(e.Marshal()) }

func TestAuthNamesRequestAndTime(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	want := authWant{Method: "POST", URLs: []string{"http://127.0.0.1:1/v1/x?a=1", "https://econd.example/v1/x?a=1"}, Body: []byte("body")}
	sum := sha256.Sum256(want.Body)
	u := []string{"u", "https://econd.example/v1/x?a=1"}
	method := []string{"method", "POST"}
	payload := []string{"payload", hex.EncodeToString(sum[:])}
	for _, c := range []struct {
		name string
		at   int64
		kind op.Kind
		tags [][]string
		rule string // "" is accepted
	}{
		{"good", 0, 0, [][]string{u, method, payload}, ""},
		{"other tags are free", 0, 0, [][]string{{"nonce", "x"}, u, {"t"}, method, payload}, ""},
		{"just in the window", -60, 0, [][]string{u, method, payload}, ""},
		{"just in the window ahead", 60, 0, [][]string{u, method, payload}, ""},
		{"stale", -61, 0, [][]string{u, method, payload}, "nip98-window"},
		{"future", 61, 0, [][]string{u, method, payload}, "nip98-window"},
		{"another kind", 0, 22242, [][]string{u, method, payload}, "nip98-kind"},
		{"no url", 0, 0, [][]string{method, payload}, "nip98-tag"},
		{"two urls", 0, 0, [][]string{u, u, method, payload}, "nip98-tag"},
		{"empty url tag beside", 0, 0, [][]string{u, {"u"}, method, payload}, "nip98-tag"},
		{"another host", 0, 0, [][]string{{"u", "https://evil.example/v1/x?a=1"}, method, payload}, "nip98-url"},
		{"without the query", 0, 0, [][]string{{"u", "https://econd.example/v1/x"}, method, payload}, "nip98-url"},
		{"no method", 0, 0, [][]string{u, payload}, "nip98-tag"},
		{"another method", 0, 0, [][]string{u, {"method", "GET"}, payload}, "nip98-method"},
		{"method in lower case", 0, 0, [][]string{u, {"method", "post"}, payload}, ""},
		{"no payload", 0, 0, [][]string{u, method}, "nip98-tag"},
		{"another payload", 0, 0, [][]string{u, method, {"payload", strings.Repeat("00", 32)}}, "nip98-payload"},
	} {
		e := &op.Event{CreatedAt: now.Unix() + c.at, Kind: kindHTTPAuth, Tags: c.tags}
		if c.kind != 0 {
			e.Kind = c.kind
		}
		err := checkAuth(e, want, now)
		if c.rule == "" {
			require.NoError(t, err, c.name)
			continue
		}
		require.Error(t, err, c.name)
		require.Equal(t, c.rule, problemOf(err).Rule, c.name)
		require.Equal(t, 401, problemOf(err).Status, c.name)
	}
	// Without a body the payload may be left away, or be that of nothing.
	none := sha256.Sum256(nil)
	want.Body = nil
	require.NoError(t, checkAuth(&op.Event{CreatedAt: now.Unix(), Kind: kindHTTPAuth, Tags: [][]string{u, method}}, want, now))
	require.NoError(t, checkAuth(&op.Event{CreatedAt: now.Unix(), Kind: kindHTTPAuth, Tags: [][]string{u, method, {"payload", hex.EncodeToString(none[:])}}}, want, now))
}

// A refusal says which URL was signed and which would do, and what became of an event
// beside a token.
func TestAuthRefusalsSayWhatToDo(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	want := authWant{Method: "GET", URLs: []string{"http://127.0.0.1:1/v1/x", "https://econd.example/v1/x"}}
	signed := "https://aperture.example/" + strings.Repeat("x", maxShown)
	err := checkAuth(&op.Event{CreatedAt: now.Unix(), Kind: kindHTTPAuth, Tags: [][]string{{"u", signed}, {"method", "GET"}}}, want, now)
	detail := problemOf(err).Detail
	for _, part := range append(want.URLs, "https://aperture.example/xxx", "public_urls") {
		require.Contains(t, detail, part)
	}
	require.NotContains(t, detail, signed)

	_, err = findAuth([]string{"LSAT a:b", "L402 a:b"})
	require.Contains(t, problemOf(err).Detail, "send the event alone")
	_, err = findAuth([]string{"Bearer x"})
	require.NotContains(t, problemOf(err).Detail, "send the event alone")
	text, err := findAuth([]string{"L402 a:b", "nostr e30="})
	require.NoError(t, err)
	require.Equal(t, "e30=", text)
}

func TestDecodeAuthRefuses(t *testing.T) {
	e := authAt(t, nodetest.Key(t, 1), 1_800_000_000, []string{"u", "x"})
	got, err := decodeAuth(authText(e))
	require.NoError(t, err)
	require.Equal(t, e.Marshal(), got.Marshal())
	text := string(e.Marshal())
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for name, in := range map[string]string{
		"empty":          "",
		"not base64":     "???",
		"url-safe":       strings.ReplaceAll(authText(e), "=", "") + "_",
		"not JSON":       b64("hello"),
		"trailing":       b64(text + "x"),
		"unknown member": b64(strings.Replace(text, `"kind"`, `"x":1,"kind"`, 1)),
		"missing sig":    b64(text[:strings.Index(text, `,"sig"`)] + "}"),
		"wrong id":       b64(strings.Replace(text, e.ID.String(), strings.Repeat("ab", 32), 1)),
		"changed tag":    b64(strings.Replace(text, `"x"`, `"y"`, 1)),
		"oversize":       b64(text + strings.Repeat(" ", maxAuth)),
	} {
		_, err := decodeAuth(in)
		require.Error(t, err, name)
		require.Equal(t, 401, problemOf(err).Status, name)
	}
}

// Whatever decodes is a signed event, and decodes again from its canonical
// form.
func FuzzDecodeAuth(f *testing.F) {
	f.Add(authText(authAt(f, nodetest.Key(f, 1), 1_800_000_000, []string{"u", "x"})))
	f.Add("")
	f.Add("eyJpZCI6MX0=")
	f.Fuzz(func(t *testing.T, text string) {
		e, err := decodeAuth(text)
		if err != nil {
			return
		}
		require.NoError(t, e.Verify())
		again, err := decodeAuth(authText(e))
		require.NoError(t, err)
		require.Equal(t, e.ID, again.ID)
	})
}

// operatorWork records what the operator asked for.
type operatorWork struct {
	revoked []l402.TokenID
	anchors int
	fail    error
	half    bool
}

func (o *operatorWork) AnchorNow(context.Context) error { o.anchors++; return o.fail }

func (o *operatorWork) RevokeToken(id l402.TokenID) error {
	o.revoked = append(o.revoked, id)
	return o.fail
}

func (o *operatorWork) WebhookSecret(url string) (origin, secret string, ok bool) {
	return url, "whsec_of-" + url, strings.HasPrefix(url, "https://")
}

func (o *operatorWork) Backup(w io.Writer) (int64, error) {
	n, err := w.Write([]byte("the backup"))
	if o.half {
		return int64(n), errors.New("disk gone")
	}
	return int64(n), err
}

// openAnswers is a store of answers in a file of its own.
func openAnswers(t *testing.T) *answers.Store {
	t.Helper()
	s, err := answers.Open(filepath.Join(t.TempDir(), "answers.db"))
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func adminWorld(t *testing.T) (*world, *operatorWork, func(method, path string) []string) {
	work := &operatorWork{}
	w := newWorld(t, func(_ *world, c *Config) { c.Admin, c.BaseURLs, c.Answers = work, []string{adminBase}, openAnswers(t) })
	n := 0
	return w, work, func(method, path string) []string {
		n++
		e := authAt(t, nodetest.Key(t, 1), w.Clock.NowMs()/1000, []string{"u", adminBase + path}, []string{"method", method}, []string{"n", strings.Repeat("x", n)})
		return []string{"Authorization", "Nostr " + authText(e)}
	}
}

func TestOnlyTheOperatorAdministers(t *testing.T) {
	w, work, sign := adminWorld(t)
	anchor := "/v1/admin/anchor"
	auth := sign("POST", anchor)
	require.Equal(t, 204, w.do("POST", anchor, nil, auth...).status)
	require.Equal(t, 1, work.anchors)
	require.Equal(t, 204, w.do("POST", anchor, nil, auth...).status)
	require.Equal(t, 1, work.anchors, "once")
	require.Equal(t, "the backup", string(w.get("/v1/admin/backup", sign("GET", "/v1/admin/backup")...).body))

	token := "/v1/admin/tokens/" + strings.Repeat("ab", 32)
	require.Equal(t, 204, w.do("DELETE", token, nil, sign("DELETE", token)...).status)
	require.Equal(t, strings.Repeat("ab", 32), work.revoked[0].String())
	require.Equal(t, "id", w.do("DELETE", token+"0", nil, sign("DELETE", token+"0")...).problem(t).Field)
	require.Equal(t, 401, w.do("DELETE", token, nil).status)
	require.Len(t, work.revoked, 1)

	a := w.do("POST", anchor, nil)
	require.Equal(t, 401, a.status)
	require.Equal(t, "Nostr", a.header.Get("WWW-Authenticate"))
	require.Equal(t, 401, w.do("POST", anchor, nil, append(sign("POST", anchor), sign("POST", anchor)...)...).status)
	require.Equal(t, 401, w.do("POST", anchor, nil, sign("GET", "/v1/admin/backup")...).status)
	require.Equal(t, 413, w.do("POST", anchor, []byte("x"), sign("POST", anchor)...).status)
	require.Equal(t, "x", w.do("POST", anchor+"?x=1", nil, sign("POST", anchor+"?x=1")...).problem(t).Field)

	stranger := authAt(t, nodetest.Key(t, 2), w.Clock.NowMs()/1000, []string{"u", adminBase + anchor}, []string{"method", "POST"})
	a = w.do("POST", anchor, nil, "Authorization", "Nostr "+authText(stranger))
	require.Equal(t, 403, a.status)
	require.Equal(t, "Authorization.pubkey", a.problem(t).Field)
	require.Equal(t, 1, work.anchors)
	require.NotContains(t, w.logged(), auth[1][10:60])
}

func TestAdminFailures(t *testing.T) {
	w, work, sign := adminWorld(t)
	work.fail = node.ErrLightningAway
	a := w.do("POST", "/v1/admin/anchor", nil, sign("POST", "/v1/admin/anchor")...)
	require.Equal(t, 503, a.status)
	require.NotEmpty(t, a.header.Get("Retry-After"))

	// A backup that breaks off cannot be taken for a whole one.
	work.half = true
	req, err := http.NewRequest("GET", w.url+"/v1/admin/backup", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", sign("GET", "/v1/admin/backup")[1])
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	_, err = io.ReadAll(res.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}
