package awskms

import (
	"context"
	"encoding/hex"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/seed"
	"github.com/econd/econd/node/signer"
	"github.com/econd/econd/node/signer/custody"
	box "github.com/econd/econd/node/signer/kms"
	"github.com/econd/econd/node/signer/kms/kmstest"
	"github.com/econd/econd/node/signer/signertest"
)

const (
	words   = "leader monkey parrot ring guide accident before fence cannon height naive bean"
	other   = "what bleak badge arrange retreat wolf trade produce cricket blur garlic valid proud rude strong choose busy staff weather area salt hollow arm fade"
	economy = "ab12"
)

func key(t testing.TB, words string) *custody.Key {
	s, err := seed.Parse(words)
	require.NoError(t, err)
	return custody.Seeded(s, 0)
}

// cloud is a double of KMS with one key, and somebody who may use it.
type cloud struct {
	*kmstest.Server
	url, arn string
	user     kmstest.User
	file     string
}

func newCloud(t *testing.T) *cloud {
	c := &cloud{Server: kmstest.New(), file: filepath.Join(t.TempDir(), "keys", "alice.json")}
	h := httptest.NewServer(c)
	t.Cleanup(h.Close)
	c.url, c.arn, c.user = h.URL, c.NewKey(), c.NewUser("kms:GenerateDataKey", "kms:Decrypt")
	as(t, c.user)
	return c
}

// as sets the credentials of the environment, and hides what this machine may have.
func as(t *testing.T, u kmstest.User) {
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": u.ID, "AWS_SECRET_ACCESS_KEY": u.Secret, "AWS_SESSION_TOKEN": u.Session, "AWS_REGION": "", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true"} {
		t.Setenv(name, value)
	}
}

func (c *cloud) service(t *testing.T) *Service {
	s, err := New(t.Context(), Config{Key: c.arn, Endpoint: c.url, pauses: time.Millisecond})
	require.NoError(t, err)
	return s
}

func (c *cloud) box(t *testing.T) *box.Box {
	b, err := box.New(c.service(t), c.file)
	require.NoError(t, err)
	return b
}

func (c *cloud) hidden(t *testing.T, err error, secrets ...string) {
	t.Helper()
	for _, secret := range append(secrets, c.user.ID, c.user.Secret, "a message with secrets", c.url) {
		require.NotContains(t, err.Error(), secret)
	}
}

func TestContract(t *testing.T) {
	c := newCloud(t)
	k := key(t, words)
	require.NoError(t, c.box(t).Put(t.Context(), k, economy))
	secret, err := k.Signing(nil)
	require.NoError(t, err)
	signertest.Run(t, func(t *testing.T) signer.Signer {
		s, err := custody.Open(t.Context(), custody.Config{Custodian: c.box(t)})
		require.NoError(t, err)
		return s
	}, secret.Bytes(), []byte(words), []byte(c.user.Secret), []byte(c.user.ID))
}

func TestTheServiceNeverSeesTheKey(t *testing.T) {
	c := newCloud(t)
	k := key(t, words)
	require.NoError(t, c.box(t).Put(t.Context(), k, ""))
	require.Equal(t, []string{"GenerateDataKey", "Decrypt"}, c.Requests())
	text, err := os.ReadFile(c.file)
	require.NoError(t, err)
	payload := k.Encode()
	require.NotContains(t, string(text), string(payload[22:50]))
	e, err := c.box(t).Envelope()
	require.NoError(t, err)
	require.Equal(t, c.arn, e.Key)
	require.Equal(t, Name, e.Service)
	secret, err := k.Signing(nil)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"agent": secret.Public().String()}, e.Context)
}

func TestAnEnvelopeIsNeverOverwritten(t *testing.T) {
	c := newCloud(t)
	require.NoError(t, c.box(t).Put(t.Context(), key(t, words), ""))
	asked := len(c.Requests())
	require.ErrorIs(t, c.box(t).Put(t.Context(), key(t, other), ""), custody.ErrExists)
	require.Len(t, c.Requests(), asked, "KMS is not asked")
	read, _, err := c.box(t).Key(t.Context())
	require.NoError(t, err)
	require.True(t, read.Equal(key(t, words)))
}

// Each refusal has its sentence and ends the signing.
func TestRefusals(t *testing.T) {
	for name, cse := range map[string]struct {
		refuse func(*testing.T, *cloud)
		says   string
	}{
		"disabled":         {func(t *testing.T, c *cloud) { c.Set(c.arn, "Disabled") }, "(DisabledException, request "},
		"to be deleted":    {func(t *testing.T, c *cloud) { c.Set(c.arn, "PendingDeletion") }, "its deletion is scheduled (KMSInvalidStateException"},
		"deleted":          {func(t *testing.T, c *cloud) { c.Set(c.arn, "") }, "there is no such key"},
		"no policy":        {func(t *testing.T, c *cloud) { c.Allow(c.user, "kms:GenerateDataKey") }, "AccessDeniedException"},
		"user gone":        {func(t *testing.T, c *cloud) { c.Forget(c.user) }, "the access key is unknown"},
		"a wrong secret":   {func(t *testing.T, c *cloud) { t.Setenv("AWS_SECRET_ACCESS_KEY", "wrong") }, "InvalidSignatureException"},
		"the file gone":    {func(t *testing.T, c *cloud) { require.NoError(t, os.Remove(c.file)) }, "no such file"},
		"another economy":  {func(t *testing.T, c *cloud) { c.edit(t, `"ab12"`, `"ab13"`) }, "wrapped for another agent or economy"},
		"a session needed": {func(t *testing.T, c *cloud) { c.Temporary(c.user, "token") }, "UnrecognizedClientException"},
		"of another key": {func(t *testing.T, c *cloud) {
			c.edit(t, c.arn, c.NewKey())
		}, "IncorrectKeyException"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			require.NoError(t, c.box(t).Put(t.Context(), key(t, words), economy))
			_, _, err := c.box(t).Key(t.Context())
			require.NoError(t, err)
			cse.refuse(t, c)
			_, _, err = c.box(t).Key(t.Context())
			require.ErrorIs(t, err, custody.ErrDenied)
			require.ErrorContains(t, err, cse.says)
			c.hidden(t, err)
		})
	}
}

// edit changes the file's text.
func (c *cloud) edit(t *testing.T, old, fresh string) {
	text, err := os.ReadFile(c.file)
	require.NoError(t, err)
	require.Contains(t, string(text), old)
	require.NoError(t, os.WriteFile(c.file, []byte(strings.ReplaceAll(string(text), old, fresh)), 0o600))
}

// A busy or failing KMS is asked again; where it goes on so, it is away and not a no.
func TestCallsAreRepeated(t *testing.T) {
	c := newCloud(t)
	require.NoError(t, c.box(t).Put(t.Context(), key(t, words), ""))
	for _, kind := range []string{"ThrottlingException", "KMSInternalException", "DependencyTimeoutException", "KeyUnavailableException"} {
		c.Fail(kind, kind, kind)
		_, _, err := c.box(t).Key(t.Context())
		require.NoError(t, err, kind)
		c.Fail(kind, kind, kind, kind)
		_, _, err = c.box(t).Key(t.Context())
		require.ErrorIs(t, err, signer.ErrAway, kind)
		require.ErrorContains(t, err, kind)
		c.hidden(t, err)
	}
	c.Fail("AccessDeniedException")
	asked := len(c.Requests())
	_, _, err := c.box(t).Key(t.Context())
	require.ErrorIs(t, err, custody.ErrDenied)
	require.Len(t, c.Requests(), asked+1, "a no is not asked for again")
}

func TestOutOfReach(t *testing.T) {
	c := newCloud(t)
	require.NoError(t, c.box(t).Put(t.Context(), key(t, words), ""))
	c.url = "http://127.0.0.1:1"
	_, _, err := c.box(t).Key(t.Context())
	require.ErrorIs(t, err, signer.ErrAway)
	c.hidden(t, err)

	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	_, _, err = c.box(t).Key(t.Context())
	require.ErrorIs(t, err, signer.ErrAway)
	require.ErrorContains(t, err, "no credentials of AWS")
}

func TestAServiceThatStalls(t *testing.T) {
	c := newCloud(t)
	require.NoError(t, c.box(t).Put(t.Context(), key(t, words), ""))
	release := make(chan struct{})
	defer close(release)
	c.Stall(release)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, _, err := c.box(t).Key(ctx)
	require.Error(t, err)
	require.NotErrorIs(t, err, custody.ErrDenied)
}

// A machine whose clock is wrong is told so by KMS, and the SDK corrects it.
func TestAClockThatIsWrong(t *testing.T) {
	c := newCloud(t)
	require.NoError(t, c.box(t).Put(t.Context(), key(t, words), ""))
	c.Advance(time.Hour)
	_, _, err := c.box(t).Key(t.Context())
	if err != nil { // where the SDK has no other clock to go by than this machine's
		require.ErrorIs(t, err, custody.ErrDenied)
		require.ErrorContains(t, err, "this machine's clock")
	}
	c.Advance(-time.Hour)
	_, _, err = c.box(t).Key(t.Context())
	require.NoError(t, err)
}

// Credentials of a profile, and of a role with a session.
func TestCredentials(t *testing.T) {
	c := newCloud(t)
	require.NoError(t, c.box(t).Put(t.Context(), key(t, words), ""))
	session := c.user
	c.Temporary(c.user, "session-token")
	session.Session = "session-token"
	as(t, session)
	_, _, err := c.box(t).Key(t.Context())
	require.NoError(t, err)

	profile := c.NewUser("kms:Decrypt")
	as(t, kmstest.User{})
	file := filepath.Join(t.TempDir(), "credentials")
	require.NoError(t, os.WriteFile(file, []byte("[alice]\naws_access_key_id = "+profile.ID+"\naws_secret_access_key = "+profile.Secret+"\n"), 0o600))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
	s, err := New(t.Context(), Config{Profile: "alice", Region: kmstest.Region, Endpoint: c.url})
	require.NoError(t, err)
	b, err := box.New(s, c.file)
	require.NoError(t, err)
	read, _, err := b.Key(t.Context())
	require.NoError(t, err)
	require.True(t, read.Equal(key(t, words)))
	_, err = New(t.Context(), Config{Profile: "none", Region: kmstest.Region})
	require.ErrorContains(t, err, "Profile")
}

func TestConfigNamesTheFault(t *testing.T) {
	as(t, kmstest.User{})
	for want, cfg := range map[string]Config{
		"Region":   {Key: "alias/econd"},
		"Timeout":  {Region: "eu-central-1", Timeout: -1},
		"Endpoint": {Region: "eu-central-1", Endpoint: "http://kms.example"},
	} {
		_, err := New(t.Context(), cfg)
		require.ErrorContains(t, err, want+":")
	}
	for _, wrong := range []string{"x", "https://a:b@kms.example", "https://kms.example/x", "https://kms.example?x", "http://127.0.0.1.example", "ftp://127.0.0.1"} {
		_, err := New(t.Context(), Config{Region: "eu-central-1", Endpoint: wrong})
		require.ErrorContains(t, err, "Endpoint:", wrong)
	}
	s, err := New(t.Context(), Config{Region: "eu-central-1"})
	require.NoError(t, err)
	_, _, _, err = s.NewDataKey(t.Context(), nil)
	require.ErrorContains(t, err, "Key:")
}

// Taken back from the running signer: within one check nothing is signed any more.
func TestRevocationBites(t *testing.T) {
	c := newCloud(t)
	require.NoError(t, c.box(t).Put(t.Context(), key(t, words), ""))
	lost := make(chan error, 1)
	s, err := custody.Open(t.Context(), custody.Config{Custodian: c.box(t), Check: time.Second, Tell: func(err error) { lost <- err }})
	require.NoError(t, err)
	defer s.Close()
	e := signertest.Events()[0]
	require.NoError(t, s.Sign(t.Context(), e))
	c.Set(c.arn, "Disabled")
	require.ErrorIs(t, <-lost, custody.ErrDenied)
	require.ErrorIs(t, s.Sign(t.Context(), signertest.Events()[1]), signer.ErrRefused)
	c.Set(c.arn, "Enabled")
	require.NoError(t, <-lost)
	require.NoError(t, s.Sign(t.Context(), signertest.Events()[1]))
}

func TestAnAnswerWithoutEndIsCut(t *testing.T) {
	c := newCloud(t)
	c.Fail(strings.Repeat("x", 2*maxBody), strings.Repeat("y", 2*maxBody))
	_, _, _, err := c.service(t).NewDataKey(t.Context(), nil)
	require.ErrorIs(t, err, signer.ErrAway)
	require.Less(t, len(err.Error()), 500)
	require.NotContains(t, err.Error(), hex.EncodeToString([]byte("x")))
}
