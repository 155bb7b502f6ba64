package ledger

import (
	"fmt"

	"github.com/econd/econd/node/op"
)

// ruleOf is the rule that applies each kind of entry; its content is that of the
// kind, and is not changed.
var ruleOf = tabled(
	row(op.KindGenesis, (*State).genesis),
	row(op.KindRegister, (*State).register),
	row(op.KindBindNode, (*State).bindNode),
	row(op.KindLockStake, (*State).lockStake),
	row(op.KindReleaseStake, (*State).releaseStake),
	row(op.KindReceipt, (*State).receipt),
	row(op.KindPropose, (*State).propose),
	row(op.KindVote, (*State).vote),
	row(op.KindCancel, (*State).cancel),
	row(op.KindVeto, (*State).veto),
	row(op.KindDelegate, (*State).delegate),
	row(op.KindUndelegate, (*State).undelegate),
	row(op.KindStatement, (*State).statement),
	row(op.KindPause, (*State).pause),
	row(op.KindClaim, (*State).claim),
	row(op.KindDeposit, (*State).deposit),
	row(op.KindExit, (*State).exit),
	row(op.KindDrawGrant, (*State).drawGrant),
	row(op.KindDispute, (*State).disputeOp),
	row(op.KindAppeal, (*State).appeal),
	row(op.KindJuror, (*State).jurorOffer),
	row(op.KindJurorLeave, (*State).jurorLeave),
	row(op.KindJuryCommit, (*State).juryCommit),
	row(op.KindJuryReveal, (*State).juryReveal),
	row(op.KindReport, (*State).report),
	row(op.KindRenew, (*State).renew),
	row(op.KindVoid, (*State).void),
	row(op.KindHoldOffered, (*State).holdOffered),
	row(op.KindHoldLocked, (*State).holdLocked),
	row(op.KindHoldSettled, (*State).holdSettled),
	row(op.KindHoldCancelled, (*State).holdCancelled),
	row(op.KindHoldLapse, (*State).holdLapse),
	row(op.KindEpoch, (*State).closeEpoch),
	row(op.KindClose, (*State).closeVote),
	row(op.KindExecute, (*State).execute),
	row(op.KindExpire, (*State).expire),
	row(op.KindAnchorPublished, (*State).anchorPublished),
	row(op.KindAnchorConfirmed, (*State).anchorConfirmed),
	row(op.KindAnchorFinal, (*State).anchorFinal),
	row(op.KindAnchorReorged, (*State).anchorReorged),
	row(op.KindDraw, (*State).draw),
	row(op.KindRuling, (*State).ruling),
	row(op.KindDisputeClose, (*State).disputeClose),
	row(op.KindReconciled, (*State).reconciled),
	row(op.KindPaymentSent, (*State).paymentSent),
	row(op.KindPaymentFailed, (*State).paymentFailed),
	row(op.KindClaimLapse, (*State).claimLapse),
	row(op.KindWebhookDelivered, (*State).webhookDelivered),
	row(op.KindWebhookFailed, (*State).webhookFailed),
	row(op.KindEvaluate, (*State).evaluate),
)

type kindRule struct {
	kind op.Kind
	rule func(*State, *op.Entry, any) error
}

// row pairs a kind with its rule, which takes the content that op names for it.
func row[C any](kind op.Kind, rule func(*State, *op.Entry, *C) error) kindRule {
	return kindRule{kind, func(s *State, e *op.Entry, content any) error { return rule(s, e, content.(*C)) }}
}

// Kinds lie in a range of a hundred, see package op.
const firstKind, kindRange = 3900, 100

func tabled(rows ...kindRule) (table [kindRange]func(*State, *op.Entry, any) error) {
	for _, r := range rows {
		table[r.kind-firstKind] = r.rule
	}
	return table
}

// ruleFor is the rule of a known kind. A test holds the table against op.Kinds.
func ruleFor(kind op.Kind) func(*State, *op.Entry, any) error {
	if rule := ruleOf[kind-firstKind]; rule != nil {
		return rule
	}
	panic(fmt.Sprintf("ledger: known kind %d without a rule", kind))
}
