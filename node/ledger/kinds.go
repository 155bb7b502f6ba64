package ledger

import (
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
)

// ruleOf is the ledger's half of the table of kinds: what is done with each, see
// kindRule. The other half, what each says, is in package op. It is complete from the
// start on and never changes; it is filled by init because rules look at it, too.
var ruleOf [kindRange]kindRule

//revive:disable-next-line:function-length a table is as long as it has rows
func init() {
	ruleOf = tabled(
		row(op.KindGenesis, (*State).genesis).
			bounded("the first entry"),
		row(op.KindRegister, (*State).register),
		row(op.KindBindNode, (*State).bindNode).
			proves(checkNode).
			bounded("Prepare checked the signature; at most maxNodes nodes of one agent"),
		row(op.KindLockStake, (*State).lockStake).
			asksHold(always[op.LockStake]),
		row(op.KindReleaseStake, (*State).releaseStake),
		row(op.KindReceipt, (*State).receipt).
			proves(paidInvoice),
		row(op.KindPropose, (*State).propose).
			proves(actionsOf).
			asksHold(collateralAsked),
		row(op.KindVote, (*State).vote),
		row(op.KindCancel, (*State).cancel),
		row(op.KindVeto, (*State).veto),
		row(op.KindDelegate, (*State).delegate),
		row(op.KindUndelegate, (*State).undelegate),
		row(op.KindStatement, (*State).statement),
		row(op.KindPause, (*State).pause),
		row(op.KindClaim, (*State).claim).
			proves(func(_ *op.Event, c *op.Claim) (*prepared, error) { return prepareInvoice(c.Invoice) }).
			bounded("one payout by its id, one payment hash; Prepare read the invoice"),
		row(op.KindDeposit, (*State).deposit).
			asksHold(always[op.Deposit]),
		row(op.KindExit, (*State).exit),
		row(op.KindDrawGrant, (*State).drawGrant),
		row(op.KindDispute, (*State).disputeOp).
			asksHold(always[op.Dispute]),
		row(op.KindAppeal, (*State).appeal).
			asksHold(always[op.Appeal]),
		row(op.KindJuror, (*State).jurorOffer).
			asksHold(always[op.Juror]),
		row(op.KindJurorLeave, (*State).jurorLeave),
		row(op.KindJuryCommit, (*State).juryCommit).
			bounded("the seats of one jury, at most 4 rounds of 21 jurors doubled"),
		row(op.KindJuryReveal, (*State).juryReveal).
			bounded("as jury-commit"),
		row(op.KindReport, (*State).report),
		row(op.KindRenew, (*State).renew).
			asksHold(always[op.Renew]).
			bounded("one hold by its id"),
		row(op.KindHoldConfirmed, (*State).holdConfirmed).
			bounded("one hold by its id, and the stake behind at most maxSupports proposals"),
		row(op.KindRotateKey, (*State).rotateKey).
			proves(checkTakeOver).
			bounded("at most maxFormerKeys keys of one agent; Prepare checked the signature"),
		row(op.KindRevokeKey, (*State).revokeKey).
			proves(func(ev *op.Event, c *op.RevokeKey) (*prepared, error) { return checkRevoked(ev, c) }).
			bounded("as rotate-key"),
		row(op.KindRecoverKey, (*State).recoverKey).
			proves(func(ev *op.Event, c *op.RecoverKey) (*prepared, error) {
				return &prepared{}, takesOver(ev.Economy(), c.Agent, c.NewKey, c.Signature)
			}).
			bounded("at most maxKeyGuardians words"),
		row(op.KindStopRecovery, (*State).stopRecovery).
			bounded("one recovery"),
		row(op.KindSetRecovery, (*State).setRecovery).
			bounded("at most maxKeyGuardians+1 keys, whose points are counted"),
		row(op.KindVoid, (*State).void).
			bounded("one mark of the signer"),
		row(op.KindOpenWallet, (*State).openWallet).
			bounded("one wallet, at most maxDepth above it, terms of bounded lists"),
		row(op.KindCloseWallet, (*State).closeWallet).
			bounded("the parts of one wallet, at most wallets.max_per_agent"),
		row(op.KindSpend, (*State).spend).
			bounded("budgets of at most maxDepth wallets, of MaxVelocity windows with MaxCount payments each; at most maxWaiting that wait"),
		row(op.KindApproveSpend, (*State).approveSpend).
			bounded("as spend"),
		row(op.KindResetBreaker, (*State).resetBreaker).
			bounded("one trip, at most 64 guardians or approvers"),
		row(op.KindHoldOffered, (*State).holdOffered).
			proves(func(_ *op.Event, c *op.HoldOffered) (*prepared, error) { return prepareInvoice(c.Invoice) }).
			bounded("one hold by its id; Prepare read the invoice"),
		row(op.KindHoldLocked, (*State).holdLocked),
		row(op.KindHoldSettled, (*State).holdSettled).
			bounded("one hold by its id, at most maxPools pools"),
		row(op.KindHoldCancelled, (*State).holdCancelled),
		row(op.KindHoldLapse, (*State).holdLapse).
			due(aHold, func(c *op.HoldLapse) string { return c.Hold.String() },
				(*State).lapseStands, (*State).dueLapse).
			byHeight().
			bounded("one hold, as hold-cancelled"),
		row(op.KindEpoch, (*State).closeEpoch).
			due(noSubject, func(*op.Epoch) string { return "" },
				(*State).epochStands, (*State).dueEpoch),
		row(op.KindClose, (*State).closeVote).
			due(aProposal, func(c *op.Close) string { return c.Proposal.String() },
				(*State).closeStands, (*State).dueClose),
		row(op.KindExecute, (*State).execute).
			due(aProposal, func(c *op.Execute) string { return c.Proposal.String() },
				(*State).executeStands, (*State).dueExecute),
		row(op.KindExpire, (*State).expire).
			inPlaceOf(op.KindExecute, func(c *op.Expire) string { return c.Proposal.String() }).
			bounded("one proposal that ends, as veto"),
		row(op.KindAnchorPublished, (*State).anchorPublished).
			bounded("one anchor by its txid"),
		row(op.KindAnchorConfirmed, (*State).anchorConfirmed).
			bounded("one anchor by its txid"),
		row(op.KindAnchorFinal, (*State).anchorFinal).
			bounded("one anchor by its txid"),
		row(op.KindAnchorReorged, (*State).anchorReorged).
			bounded("one anchor by its txid"),
		row(op.KindDraw, (*State).draw).
			due(aDispute, func(c *op.Draw) string { return c.Dispute.String() },
				(*State).drawStands, (*State).dueDraw).
			byHeight(),
		row(op.KindRuling, (*State).ruling).
			due(aDispute, func(c *op.Ruling) string { return c.Dispute.String() },
				(*State).rulingStands, (*State).dueRuling).
			bounded("the seats of one jury; what ends with it, as dispute-close"),
		row(op.KindDisputeClose, (*State).disputeClose).
			due(aDispute, func(c *op.DisputeClose) string { return c.Dispute.String() },
				(*State).appealEndStands, (*State).dueDisputeClose),
		row(op.KindReconciled, (*State).reconciled).
			bounded("a decision that the operator types, over the effects that are pending and the anchors"),
		row(op.KindBlocks, (*State).enterBlocks).
			bounded("at most op.MaxHeaders headers"),
		row(op.KindLogKey, (*State).handOver).
			bounded("two signatures, at most logkey.MaxHandovers keys"),
		row(op.KindKeyRecovered, (*State).keyRecovered).
			due(anAgent, func(c *op.KeyRecovered) string { return c.Agent.String() },
				(*State).recoveredStands, (*State).dueRecovered).
			bounded("one agent"),
		row(op.KindPaymentSent, (*State).paymentSent).
			bounded("one payout by its id"),
		row(op.KindPaymentFailed, (*State).paymentFailed).
			bounded("one payout by its id, and what it took off the contributions of its agent"),
		row(op.KindClaimLapse, (*State).claimLapse).
			due(aPayout, func(c *op.ClaimLapse) string { return c.Payout },
				(*State).claimLapseStands, (*State).dueClaimLapse).
			bounded("as payment-failed"),
		row(op.KindWebhookDelivered, (*State).webhookDelivered).
			bounded("one webhook by its effect"),
		row(op.KindWebhookFailed, (*State).webhookFailed).
			bounded("one webhook by its effect"),
		row(op.KindWalletBudget, (*State).walletBudget).
			bounded("one wallet, terms of bounded lists"),
		row(op.KindSpendSubmitted, (*State).spendSubmitted).
			bounded("one spend by its id"),
		row(op.KindSpendSettled, (*State).spendSettled).
			bounded("one spend by its id, at most maxDepth wallets"),
		row(op.KindSpendFailed, (*State).spendFailed).
			bounded("as spend-settled"),
		row(op.KindBreakerTripped, (*State).breakerTripped).
			bounded("one trip"),
		row(op.KindEvaluate, (*State).evaluate).
			due(aProposal, func(c *op.Evaluate) string { return c.Proposal.String() },
				(*State).evaluateStands, (*State).dueEvaluate).
			bounded("at most maxMetrics medians of 64 reports"),
	)
}

// ruleFor is the row of a known kind.
func ruleFor(kind op.Kind) *kindRule { return &ruleOf[kind-firstKind] }

// AsksForHold tells whether an operation, if the ledger takes it under these rules, needs
// a hold invoice at once. One that cannot be decoded needs none.
func AsksForHold(ev *op.Event, rules *constitution.Constitution) bool {
	if !ev.Kind.Known() || ruleFor(ev.Kind).asksHold == nil {
		return false
	}
	content, err := ev.Decoded()
	return err == nil && ruleFor(ev.Kind).asksHold(rules, content)
}

// collateralAsked tells whether a proposal's track asks for collateral.
func collateralAsked(rules *constitution.Constitution, c *op.Propose) bool {
	track := rules.Track(c.Track)
	return track != nil && track.CollateralSat > 0
}
