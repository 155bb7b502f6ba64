package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
)

// voteForAll votes for every proposal that is open. What a read or a vote costs, purse
// pays; a *wallet.Wallet is one.
func voteForAll(ctx context.Context, url string, purse client.Payer, key op.SecretKey) error {
	econd, err := client.New(client.Config{URL: url, Payer: purse, Signer: client.Key(key)})
	if err != nil {
		return err
	}
	for p, err := range econd.Proposals(client.ProposalsFilter{State: "active"}).All(ctx) {
		if err != nil {
			return err
		}
		vote, err := econd.Sign(ctx, op.KindVote, op.Vote{Proposal: p.ID, Choice: "for"})
		if err != nil {
			return err
		}
		receipt, err := econd.Submit(ctx, vote) // after an error submit the same vote again
		if err != nil {
			return err
		}
		fmt.Printf("voted for %q in entry %d\n", p.Title, receipt.Seq)
	}
	return nil
}

func Example() {
	url, stop := serve()
	defer stop()
	key, err := op.NewSecretKey([]byte(strings.Repeat("k", 32)))
	if err != nil {
		log.Fatal(err)
	}
	if err := voteForAll(context.Background(), url, nil, key); err != nil {
		log.Fatal(err)
	}
	// Output: voted for "Operations at 25 sat" in entry 42
}

// A past state is asked for as the present is.
func ExampleClient_At() {
	url, stop := serve()
	defer stop()
	econd, err := client.New(client.Config{URL: url})
	if err != nil {
		log.Fatal(err)
	}
	about, err := econd.At(7).Info().Get(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(about.Economy, "had", about.Size, "entries")
	// Output: demo-0011223344556677 had 8 entries
}

// The log is followed until enough was seen; a connection that breaks off is resumed.
func ExampleClient_Events() {
	url, stop := serve()
	defer stop()
	econd, err := client.New(client.Config{URL: url})
	if err != nil {
		log.Fatal(err)
	}
	for entry, err := range econd.Events(context.Background(), client.FromStart) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(entry.Seq, entry.Event.Kind)
		if entry.Seq == 1 {
			break
		}
	}
	// Output:
	// 0 register
	// 1 register
}

// A ballot's proof is fetched from whoever has the log, and checked by whoever likes,
// with node/audit or `econaudit verify`.
func ExampleClient_BallotProof() {
	url, stop := serve()
	defer stop()
	econd, err := client.New(client.Config{URL: url})
	if err != nil {
		log.Fatal(err)
	}
	bundle, err := econd.BallotProof(op.ID{1}, op.PublicKey{2}).Get(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", bundle)
	// Output: {"version":1}
}

// serve answers as an econd does.
func serve() (url string, stop func()) {
	const economy = "demo-0011223344556677"
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/v1/info" && r.URL.Query().Get("at") == "7":
			fmt.Fprintf(w, `{"economy":%q,"size":8}`, economy)
		case r.URL.Path == "/v1/info":
			fmt.Fprintf(w, `{"economy":%q,"size":42}`, economy)
		case r.URL.Path == "/v1/proposals":
			fmt.Fprintf(w, `{"items":[{"id":"%064d","title":"Operations at 25 sat","state":"active"}]}`, 1)
		case r.URL.Path == "/v1/operations":
			e := new(op.Event)
			if err := json.NewDecoder(r.Body).Decode(e); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			fmt.Fprintf(w, `{"id":%q,"seq":42}`, e.ID)
		case r.URL.Path == "/v1/events":
			fmt.Fprint(w, "id: -1\nevent: hello\ndata: {}\n\n")
			for i, line := range entries(economy) {
				fmt.Fprintf(w, "id: %d\nevent: register\ndata: %s\n\n", i, line)
			}
		case strings.HasSuffix(r.URL.Path, "/proof"):
			fmt.Fprint(w, `{"version":1}`)
		default:
			http.NotFound(w, r)
		}
	}))
	return s.URL, s.Close
}

// entries are the lines of a short log.
func entries(economy string) (lines [][]byte) {
	for i := range 2 {
		key, err := op.NewSecretKey([]byte(strings.Repeat("k", 31) + fmt.Sprint(i)))
		if err != nil {
			log.Fatal(err)
		}
		e := &op.Event{CreatedAt: 1, Kind: op.KindRegister, Content: `{"name":"bot"}`, Tags: [][]string{{op.EconomyTag, economy}, {op.OrderTag, "0"}}}
		if err := e.Sign(key); err != nil {
			log.Fatal(err)
		}
		lines = append(lines, (&op.Entry{Seq: uint64(i), Event: e}).Marshal())
	}
	return lines
}
