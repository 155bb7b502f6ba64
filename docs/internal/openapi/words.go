package main

import (
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/notify"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/stake"
	"github.com/econd/econd/voting"
)

// vocabulary is a list of words that has a schema of its own. Schema tags name it.
type vocabulary struct {
	name, description string
	words             []string
}

// vocabularies are the lists, each from where its words are made.
func vocabularies() []vocabulary {
	return []vocabulary{
		{"ActionState", "How far an action is, once it is executed", ledger.ActionStates()},
		{"AnchorState", "How deep in Bitcoin a checkpoint's digest is", texts(view.AnchorStates())},
		{"Choice", "", ledger.Choices()},
		{"Counting", "How ballots are filled in and counted; absent it is single-choice", texts(voting.Methods())},
		{"DisputeGround", "", ledger.Grounds()},
		{"DisputeState", "", ledger.DisputeStates()},
		{"EvaluationVerdict", "", ledger.Verdicts()},
		{"HoldConfirmed", "Whose word it is that a hold is locked", ledger.HoldConfirmations()},
		{"HoldContradiction", "In what the word of a hold's agent contradicts the operator's", ledger.HoldContradictions()},
		{"HoldPurpose", "", ledger.HoldPurposes()},
		{"HoldState", "", stake.States()},
		{"JurorState", "", ledger.JurorStates()},
		{"Network", "", ledger.Networks()},
		{"NoticeKind", "", texts(notify.Kinds())},
		{"PayoutState", "", ledger.PayoutStates()},
		{"ProposalState", "", voting.Phases()},
		{"RegistryKind", "", ledger.RegistryKinds()},
		{"RegistryStatus", "", texts(ledger.RegistryStatuses())},
		{"Resource", "What is sold", constitution.Resources()},
		{"SpendState", "How far a payment from a wallet is", ledger.SpendStates()},
	}
}

func texts[S ~string](list []S) []string {
	var words []string
	for _, s := range list {
		words = append(words, string(s))
	}
	return words
}

func (v vocabulary) schema() object {
	o := object{{"type", "string"}}
	if v.description != "" {
		o = append(o, member{"description", v.description})
	}
	return append(o, member{"enum", list(v.words)})
}

func list[T any](of []T) []any {
	var l []any
	for _, x := range of {
		l = append(l, x)
	}
	return l
}
