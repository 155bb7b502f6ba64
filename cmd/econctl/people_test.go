package main

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnswersForPeople(t *testing.T) {
	const answer = `{"id":"4f","title":"a\u001b[2Jb","until_ms":1000,"executed_ms":0,"collateral_sat":5000,"fee_msat":"1500","turnout_ppm":125000,
		"period_s":90061,"open":true,"gone":false,"reason":"","winner":null,"keys":[],"tracks":["price","poll"],"text":"one\ntwo\u001b",
		"rule":{"kind":"share","share_ppm":600000},"rounds":[{"round":1,"jurors":[{"pubkey":"k1","seats":2,"committed":false},{"pubkey":"k2","seats":1,"committed":true,"vote":"uphold"}]}],
		"weight":18446744073709551615}`
	const want = `id          4f
title       a` + "\uFFFD" + `[2Jb
until       1970-01-01T00:00:01.000Z
executed    none
collateral  5000 sat
fee         1500 msat
turnout     12.5 %
period      1 d 1 h 1 min 1 s
open        yes
gone        no
reason      none
winner      none
keys        none
tracks      price, poll
text:
  one
  two` + "\uFFFD" + `
rule:
  kind   share
  share  60 %
rounds:
  1.
    round  1
    jurors:
      pubkey  seats  committed  vote
      k1      2      no         
      k2      1      yes        uphold
weight      18446744073709551615
`
	got, err := forPeople(json.RawMessage(answer))
	require.NoError(t, err)
	require.Equal(t, want, got)
	_, err = forPeople(json.RawMessage(`{"a":`))
	require.ErrorContains(t, err, "not the JSON expected")
	got, err = forPeople(json.RawMessage(`[1,2]`))
	require.NoError(t, err)
	require.Equal(t, "  1, 2\n", got)
}

func TestSpan(t *testing.T) {
	for seconds, want := range map[int64]string{0: "0 s", 59: "59 s", 60: "1 min", 3600: "1 h", 86400: "1 d", 172860: "2 d 1 min", -1: "-1 s",
		math.MaxInt64: "9223372036854775807 s"} {
		require.Equal(t, want, span(seconds))
	}
}

// Whatever econd answers, it neither drives the terminal nor gets lost.
func FuzzAnswersForPeople(f *testing.F) {
	f.Add(`{"a":[{"b":1},{"b":"\u001b"}],"c_ms":5}`)
	f.Add(`[[],{},null]`)
	f.Fuzz(func(t *testing.T, answer string) {
		text, err := forPeople(json.RawMessage(answer))
		if (err == nil) && !json.Valid([]byte(answer)) && text == "" {
			t.Errorf("%q is shown as nothing", answer)
		}
		for _, r := range text {
			if r != '\n' && r < ' ' {
				t.Errorf("%q is shown with %q", answer, r)
			}
		}
	})
}
