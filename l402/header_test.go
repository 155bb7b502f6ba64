package l402_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
)

// TestHeaderForms lists what clients in the wild send, and what nobody should.
func TestHeaderForms(t *testing.T) {
	h := newHouse(t, nil)
	m, p := h.buy(t, need)
	foreign, foreignP := newHouse(t, func(c *l402.Config) { c.Rand = strings.NewReader(strings.Repeat("f", 64)) }).buy(t, need)
	require.Equal(t, p, foreignP, "one preimage for both, as when one invoice pays for several services")
	mac, std := bin(t, m), b64(t, m)
	other, pre := b64(t, foreign), p.Reveal()
	url := base64.URLEncoding.EncodeToString(mac)
	both := base64.StdEncoding.EncodeToString(append(bin(t, foreign), mac...))

	for _, c := range []struct {
		name   string
		values []string
		want   error
	}{
		{"L402", []string{"L402 " + std + ":" + pre}, nil},
		{"LSAT", []string{"LSAT " + std + ":" + pre}, nil},
		{"lower case scheme", []string{"l402 " + std + ":" + pre}, nil},
		{"mixed case scheme", []string{"LsAt " + std + ":" + pre}, nil},
		{"spaces", []string{"  L402   " + std + ":" + pre + " "}, nil},
		{"upper-case preimage", []string{"L402 " + std + ":" + strings.ToUpper(pre)}, nil},
		{"url-safe", []string{"L402 " + url + ":" + pre}, nil},
		{"unpadded", []string{"L402 " + strings.TrimRight(std, "=") + ":" + pre}, nil},
		{"url-safe unpadded", []string{"L402 " + strings.TrimRight(url, "=") + ":" + pre}, nil},
		{"aperture's two values", []string{"LSAT " + std + ":" + pre, "L402 " + std + ":" + pre}, nil},
		{"Bearer before", []string{"Bearer abc", "L402 " + std + ":" + pre}, nil},
		{"Bearer after", []string{"L402 " + std + ":" + pre, "Bearer abc"}, nil},
		{"Bearer in one value, before", []string{"Bearer abc, L402 " + std + ":" + pre}, nil},
		{"Bearer in one value, after", []string{"L402 " + std + ":" + pre + ", Bearer abc"}, nil},
		{"foreign value before", []string{"L402 " + other + ":" + pre, "L402 " + std + ":" + pre}, nil},
		{"foreign value after", []string{"L402 " + std + ":" + pre, "L402 " + other + ":" + pre}, nil},
		{"malformed value before", []string{"L402 rubbish", "L402 " + std + ":" + pre}, nil},
		{"several macaroons, last good", []string{"L402 " + other + "," + std + ":" + pre}, nil},
		{"several macaroons, first good", []string{"L402 " + std + "," + other + ":" + pre}, nil},
		{"several macaroons in one text", []string{"L402 " + both + ":" + pre}, nil},

		{"nothing", nil, l402.ErrNoCredentials},
		{"empty value", []string{""}, l402.ErrNoCredentials},
		{"only Bearer", []string{"Bearer L402"}, l402.ErrNoCredentials},
		{"scheme alone", []string{"L402"}, l402.ErrNoCredentials},
		{"scheme glued", []string{"L402" + std + ":" + pre}, l402.ErrNoCredentials},
		{"another scheme", []string{"L4022 " + std + ":" + pre}, l402.ErrNoCredentials},
		{"scheme and space", []string{"L402 x"}, l402.ErrMalformed},
		{"no macaroon", []string{"L402 :" + pre}, l402.ErrMalformed},
		{"no preimage", []string{"L402 " + std + ":"}, l402.ErrMalformed},
		{"short preimage", []string{"L402 " + std + ":" + pre[1:]}, l402.ErrMalformed},
		{"junk after", []string{"L402 " + std + ":" + pre + "00"}, l402.ErrMalformed},
		{"word after", []string{"L402 " + std + ":" + pre + " x"}, l402.ErrMalformed},
		{"comma after", []string{"L402 " + std + ":" + pre + ","}, l402.ErrMalformed},
		{"preimage not hex", []string{"L402 " + std + ":" + strings.Repeat("g", 64)}, l402.ErrMalformed},
		{"comma before the macaroon", []string{"L402 ," + std + ":" + pre}, l402.ErrMalformed},
		{"comma after the macaroon", []string{"L402 " + std + ",:" + pre}, l402.ErrMalformed},
		{"space between macaroons", []string{"L402 " + std + ", " + other + ":" + pre}, l402.ErrMalformed},
		{"too many macaroons", []string{"L402 " + strings.Repeat(std+",", 4) + std + ":" + pre}, l402.ErrMalformed},
		{"mixed alphabets", []string{"L402 " + std[:len(std)-8] + "+_+_+_+_:" + pre}, l402.ErrMalformed},
		{"wrong padding", []string{"L402 " + strings.TrimRight(std, "=") + "=====:" + pre}, l402.ErrMalformed},
		{"junk after the macaroon", []string{"L402 " + base64.StdEncoding.EncodeToString(append(mac, 7)) + ":" + pre}, l402.ErrMalformed},
		{"half a macaroon", []string{"L402 " + base64.StdEncoding.EncodeToString(mac[:100]) + ":" + pre}, l402.ErrMalformed},
		{"longer than any macaroon", []string{"L402 " + strings.Repeat("AgAA", 2000) + ":" + pre}, l402.ErrMalformed},
		{"five credentials", []string{
			"L402 AAAA:" + pre, "L402 AAAB:" + pre, "L402 AAAC:" + pre, "L402 AAAD:" + pre, "L402 " + std + ":" + pre,
		}, l402.ErrMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := h.gate.Check(context.Background(), t0, c.values, need)
			require.ErrorIs(t, err, c.want)
			if err != nil {
				require.NotContains(t, err.Error(), pre, "no error shows the preimage")
				require.NotContains(t, err.Error(), std[:64], "no error shows the macaroon")
			}
		})
	}
}
