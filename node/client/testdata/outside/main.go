// Outside is a program in a module of its own, as other people write them: it votes for
// every open proposal of the econd at the URL that it is given.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

func main() {
	key, err := op.NewSecretKey([]byte(strings.Repeat("k", 32)))
	if err != nil {
		log.Fatal(err)
	}
	econd, err := client.New(client.Config{URL: os.Args[1], Signer: client.Key(key)})
	if err != nil {
		log.Fatal(err)
	}
	if err := vote(context.Background(), econd); err != nil {
		log.Fatal(err)
	}
}

func vote(ctx context.Context, econd *client.Client) error {
	for p, err := range econd.Proposals(client.ProposalsFilter{State: "active"}).All(ctx) {
		if err != nil {
			return err
		}
		event, err := econd.Sign(ctx, op.KindVote, op.Vote{Proposal: p.ID, Choice: "for"})
		if err != nil {
			return err
		}
		receipt, err := econd.Submit(ctx, event)
		if err != nil {
			return err
		}
		fmt.Println(line(p, receipt))
	}
	return nil
}

func line(p view.Proposal, r view.Receipt) string {
	return fmt.Sprintf("voted for %q in entry %d", p.Title, r.Seq)
}
