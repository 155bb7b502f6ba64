package op

import (
	"bytes"
	"strings"

	"github.com/econd/econd/node/budget"
)

// kindTable has everything that this package says of a kind: its number, its name, who
// signs it, how long its content may be, what it does, and an example, whose type is
// that of its content. docs/operations.md and docs/schemas/operations are made of it.
var kindTable = [...]kindRow{
	row(KindRegister, "register", ByNewcomers, small,
		"Makes the signer an agent of the economy. Once per key.",
		Register{Name: "weather-station-7"}),
	row(KindBindNode, "bind-node", ByAgents, small,
		"Binds a Lightning node to the signing agent: payments to the node count as payments to the agent. `signature` is the node's own agreement, made with lnd's `SignMessage` over the text `econd node binding\\neconomy: <id>\\nagent: <pubkey>`.",
		BindNode{Node: NodeKey{2, 0xaa}, Signature: strings.Repeat("y", 104)}),
	row(KindLockStake, "lock-stake", ByAgents, small,
		"Asks for a hold invoice over `amount_sat`. The stake's id is the event's id; the invoice appears at `/v1/stakes/{id}`.",
		LockStake{AmountSat: 20000}),
	row(KindReleaseStake, "release-stake", ByAgents, small,
		"Asks for the sats of one of the signer's stakes back. Refused while the stake backs a ballot in an open vote.",
		ReleaseStake{Stake: exampleID}),
	row(KindReceipt, "receipt", ByAgents, oneInvoice,
		"Rates a service by a payment that the payee acknowledged: the invoice is signed by the provider's bound node, the preimage hashes to its payment hash. Who paid it does not show, so a claim by the agent whom the invoice's description names (`agent=` and its key, one word) counts whole, one by anybody else less: see [reputation.md](reputation.md#who-may-speak-for-a-payment). An agent rates a payment once, and a provider once a day.",
		Receipt{Provider: PublicKey(exampleHash), Invoice: "lnbcrt...", Preimage: exampleHash, Rating: 8}),
	row(KindPropose, "propose", ByAgents, texts,
		"Opens a proposal; its id is the event's id. Where the track asks for collateral the proposal is a draft until the hold invoice at `/v1/stakes/{id}` is paid. On tracks that count between options, `options` lists their texts, 2 to 64.",
		Propose{Track: "price", Title: "Operations at 25 sat", Text: "Fsyncs are not free.", Actions: []Raw{Raw(`{"type":"set-price","resource":"operations","sat":25,"expect_sat":10}`)}}),
	row(KindVote, "vote", ByAgents, lists,
		"Casts or replaces the signer's ballot: `for`, `against` or `abstain`. The last ballot until the deadline counts. Where the track's `counting` is another than single-choice, `choice` is `ballot` and `ballot` an array of option numbers, `[2,1,3]` (approval, ranked-choice, copeland), or an object from option number to share, `{\"1\":600000,\"2\":400000}` (fractional: 1 is for, 2 against, 3 abstain, in ppm; weighted, quadratic; quadratic-credits: voices). On a track that gathers conviction `for` puts all of the signer's free stake behind the proposal, and `ballot` with `{\"1\": SATS}` that many sats, 0 to take them away.",
		Vote{Proposal: exampleID, Choice: "for"}).decodedBy(decodeBallot),
	row(KindCancel, "cancel", ByGuardians, reasons,
		"Withdraws a proposal: its proposer until the vote starts; the operator, or as many guardians as must agree, until it is executed, or until its vote is closed where the track has `cancel_until: close`.",
		Cancel{Proposal: exampleID, Reason: "wrong resource"}),
	row(KindVeto, "veto", ByGuardians, reasons,
		"Stops a proposal in its timelock. By the operator, or when as many guardians as must agree have signed one; always with a reason.",
		Veto{Proposal: exampleID, Reason: "the price would not pay for the disk"}),
	row(KindDelegate, "delegate", ByAgents, small,
		"Lets `to` vote with the signer's weight, on one track or, with the empty track, wherever it has no delegation of the track's own. A ballot of the signer's own always goes before. `share_ppm` gives a part, beside parts given to others; without it the whole weight is given, in place of earlier delegations for the track. `expires_ms` is the last instant at which it counts.",
		Delegate{Track: "price", To: PublicKey(exampleHash), SharePPM: new(int64(400000)), ExpiresMs: 1_900_000_000_000}),
	row(KindUndelegate, "undelegate", ByAgents, small,
		"Takes a delegation back, or without `to` all those for the track. Never refused for the cool-down; giving the weight to somebody else may be.",
		Undelegate{Track: "price", To: PublicKey(exampleHash)}),
	row(KindStatement, "delegate-statement", ByAgents, statements,
		"Says how the signer votes for those who delegate to it. An empty text withdraws it.",
		Statement{Track: "", Text: "I vote against every price above 50 sat."}),
	row(KindPause, "pause", ByGuardians, reasons,
		"Freezes tracks: nothing is proposed and nothing executed there until the last instant, `until_ms`, has passed; votes and releases go on. Takes effect when enough guardians signed the same tracks and `until_ms`, or the operator did. `until_ms` 0 lifts a pause.",
		Pause{Tracks: []string{"price"}, UntilMs: 1_800_000_600_000, Reason: "the provider's invoices are forged"}),
	row(KindClaim, "claim", ByPastAgents, oneInvoice,
		"Names the BOLT11 invoice that a payout to the signer is paid by, over exactly its amount. Until the payout's `until_ms`; after a payment that failed, again with another invoice.",
		Claim{Payout: "pay-1b0c9f52e7a94d3c8f60c21d77ab3e5590f4d1c2", Invoice: "lnbcrt..."}),
	row(KindDeposit, "deposit", ByAgents, small,
		"Pays sats into a pool: the hold invoice at `/v1/stakes/{id}` is settled as soon as it is paid.",
		Deposit{Pool: "performance", AmountSat: 20000}),
	row(KindDrawGrant, "draw-grant", ByPastAgents, small,
		"Asks for sats of a grant to the signer, out of what has vested and was not drawn: at least 1000 at once, or all the rest. Makes a payout, to be claimed, or with `node` sent by keysend to a node that is bound to the signer; one that fails returns to the grant.",
		DrawGrant{Grant: "grant-77ab3e5590f4d1c21b0c9f52e7a94d3c8f60c21d", Sat: 25000}),
	row(KindReport, "report", ByReporters, lists,
		"States values of metrics. With `proposal`, by one of the reporters of its evaluation, after the execution and until the end of the period; a later report takes the place of an earlier one by the same key. Without, of metrics that the constitution names. `measured_ms` is the instant up to which it was measured.",
		Report{Proposal: exampleID, MeasuredMs: 1_800_000_000_000, Values: []ReportedValue{{"hallucination-rate", 18000}, {"speed", 128}}}),
	row(KindRenew, "renew", ByPastAgents, small,
		"Asks for the next hold of the same stake, collateral or bond, before the HTLC of the locked one expires; the invoice appears at `/v1/stakes/{id}` of the event's id. Once it is locked the old hold is cancelled, in the same entry.",
		Renew{Hold: exampleID}),
	row(KindHoldConfirmed, "hold-confirmed", ByPastAgents, small,
		"Says that the signer's own Lightning node has the payment of one of its holds in flight: the payment hash, the sats that arrive, and the lowest height at which an HTLC ends at the node that is paid, as the signer's node shows them, the height up to `latest_expiry` of the hold. Where `hold-locked` says the same, or what a route may have made of it, up to 6 blocks later and a thousandth of the sats more, a sat at least, the stake counts as confirmed, as far as both say, whole on tracks with `weight.unconfirmed_ppm`; it may come before that entry. What differs otherwise, a lock that is not entered, and a hold that ended an hour ago and is still held, stand as a contradiction of the operator's word. A renewal counts as confirmed where its agent had confirmed the hold before it. Known from version 2 of the rules on.",
		HoldConfirmed{Hold: exampleID, PaymentHash: exampleHash, AmountSat: 20000, ExpiryHeight: 812345}),
	row(KindRotateKey, "rotate-key", ByPastAgents, small,
		"Hands the signer's agent over to another key. From this entry on the agent speaks by `new_key` alone: its stakes, holds, reputation, delegations, ballots, grants and payouts stay where they are. Nothing more counts that the signer signed, and its key can neither register nor take an agent over again. `signature` is the new key's (BIP-340) under the event of kind 3928, `created_at` 0, the tag `economy` and the content `takes over the agent <signer> of the economy <id>`. Known from version 3 of the rules on.",
		RotateKey{NewKey: PublicKey(exampleHash), Signature: KeySignature{1}}),
	row(KindVoid, "void", ByGuardians, small,
		"Makes void what the signer signed up to this event and that is not recorded: an event that was refused, lost or withheld cannot be handed in later by anybody.",
		Void{}),
	row(KindDispute, "dispute", ByAgents, texts,
		"Challenges a decision before a jury, on one of the grounds procedure, fraud, misstated-facts, conflict-of-interest and harm. Once the bond is locked (the hold invoice is at `/v1/stakes/{id}`) the execution is frozen until the ruling.",
		Dispute{Proposal: exampleID, Ground: "misstated-facts", Text: "The quoted error rate is that of another model."}),
	row(KindAppeal, "appeal", ByAgents, texts,
		"Asks for another jury, of twice as many jurors and one, with twice the bond.",
		Appeal{Dispute: exampleID, Text: "The jury did not see the second log."}),
	row(KindJuror, "juror", ByAgents, lists,
		"Offers the signer as juror in fields of expertise, once its bond is locked.",
		Juror{Fields: []string{"models", "tools"}}),
	row(KindJuryCommit, "jury-commit", ByAgents, small,
		"Binds a juror to a vote: `commitment` is SHA-256 over `econd/jury`, the dispute's id (32 bytes), the round (1 byte), the juror's key (32 bytes), the vote (1 uphold, 2 refuse; 1 byte) and the salt (32 bytes).",
		JuryCommit{Dispute: exampleID, Commitment: exampleHash}),
	row(KindJuryReveal, "jury-reveal", ByAgents, small,
		"Opens a commitment in the reveal phase: `uphold` or `refuse`.",
		JuryReveal{Dispute: exampleID, Vote: "uphold", Salt: exampleHash}),
	row(KindJurorLeave, "juror-leave", ByAgents, small,
		"Withdraws the signer's offer to be juror. The bond returns, after the dispute that the signer sits on.",
		JurorLeave{}),
	row(KindExit, "exit", ByAgents, small,
		"Announces that the signer leaves the economy when a decision that it voted against is executed, on tracks with `rage_quit`. Its share of the refundable pools is set aside now and becomes payouts at the execution; then its stakes are released, its open ballots are taken out and its delegations end. The key can do nothing afterwards but claim what it is owed. If the decision is vetoed, fails, expires, is overturned or cancelled, the signer stays; but if it fails because more leave by it than may, they leave all the same, without a share. With `least_sat` it is refused if leaving would bring less, as of its entry.",
		Exit{Proposal: exampleID, LeastSat: 19793}),
	row(KindOpenWallet, "open-wallet", ByAgents, texts,
		"Opens a wallet of the signer. Nothing is spent from it until it has a budget: by an executed action `budget`, or by the operator within the constitution's bounds. With `parent` it is a part of another wallet of the signer's, and `terms` are its budget: they cannot allow more than those of the parent, which hold as well. `spender` is another key that may spend from it. Its id is `wallet-` and the first 20 bytes of SHA-256(\"econd/wallet\" 0 economy 0 owner 0 name) in hex. Known from version 3 of the rules on.",
		OpenWallet{Name: "errands"}),
	row(KindCloseWallet, "close-wallet", ByAgents, small,
		"Ends a wallet of the signer and its parts. What is under way goes on. Known from version 3 of the rules on.",
		CloseWallet{Wallet: exampleWallet}),
	row(KindSpend, "spend", BySpenders, lists,
		"Spends from a wallet: the amount and what its route may cost leave the budget and the pool at once, and what was not needed returns. The spend's id comes from what is asked for, wallet, type, payee, purpose, amount, commitment and `count`, or from the wallet and `key`: the same again is the same spend, and is refused as recorded unless it had failed. Handed in at `/v1/wallets/{id}/payments`, with the texts that the log does not say. Known from version 3 of the rules on.",
		Spend{Wallet: exampleWallet, Type: SpendURL, AmountMsat: 21_000, FeeLimitMsat: 1_000, Purpose: "weather", Origin: "https://api.example.com", Commitment: exampleHash}),
	row(KindApproveSpend, "approve-spend", BySpenders, small,
		"Approves a spend that a budget asks approvals for; with the last one it goes on. Known from version 3 of the rules on.",
		ApproveSpend{Spend: exampleSpend}),
	row(KindResetBreaker, "reset-breaker", BySpenders, reasons,
		"Closes a breaker that opened for the sake of the sats, once as many signed as must agree: those who approve spends of the wallet, or the economy's guardians. Known from version 3 of the rules on.",
		ResetBreaker{Trip: exampleID, Reason: "the payment was ours, by hand"}),
	row(KindWalletBudget, "wallet-budget", ByGuardians, texts,
		"The operator sets the budget of a wallet within the bounds of `wallets.operator` of the constitution, or without `terms` takes back one that was set so. A budget that a decision set stays as it is. Known from version 3 of the rules on.",
		WalletBudget{Wallet: exampleWallet, Terms: &exampleBudget}),
	row(KindGenesis, "genesis", ByOperator, texts,
		"Entry 0: fixes the economy's id, the operator (its signer), the network, the key of the checkpoints and the first constitution (shortened here). `node_key` is the identity key of the operator's Lightning node: required from version 2 of the rules on, unknown before.",
		Genesis{Economy: "demo-00c0ffee00c0ffee", Network: "regtest", LogVerifier: "econd/demo-00c0ffee00c0ffee+12345678+Base64", Constitution: Raw(`{"version":1}`)}),
	row(KindHoldOffered, "hold-offered", ByOperator, texts,
		"Answers an open-hold effect: the hold invoice exists. From version 2 of the rules on it is signed by the node of the genesis, or, in an economy that was founded by version 1, by the node that signed the first one offered since [hold-payee].",
		HoldOffered{Effect: "12/0", Hold: exampleID, PaymentHash: exampleHash, Invoice: "lnbcrt..."}),
	row(KindHoldLocked, "hold-locked", ByOperator, texts,
		"All HTLCs of the hold were accepted; the sats count from this entry on. `amount_sat` is what was locked, which may be more than was asked for, and `rest_msat` what is left of it that makes no sat. `expiry_height` is the lowest HTLC expiry, at least the height of `hold-offered` and the blocks that the invoice asks for [hold-expiry]: LND fails what has fewer left. Of an HTLC that ends later than 576 blocks beyond what the invoice asks for it is that height (`latest_expiry` of the hold). At 24 blocks before it or later, or with an amount that no rule allows, the hold is released by this very entry.",
		HoldLocked{Hold: exampleID, AmountSat: 20000, ExpiryHeight: 812345}),
	row(KindHoldSettled, "hold-settled", ByOperator, texts,
		"LND has settled the hold. Answers a settle-hold effect, or a cancel-hold effect that came too late; `effect` is empty where it was found so. `amount_sat` and `rest_msat` are what was paid of a hold that the log never saw locked. Forfeited sats go where their purpose says, a deposit into its pool; what no rule forfeited is owed back to its agent, as a payout for `returned`.",
		HoldSettled{Effect: "12/0", Hold: exampleID}),
	row(KindHoldCancelled, "hold-cancelled", ByOperator, texts,
		"The hold is cancelled and the sats are back with the agent; `effect` is empty where LND cancelled by itself.",
		HoldCancelled{Effect: "12/0", Hold: exampleID, Reason: "cancelled as asked"}),
	row(KindHoldLapse, "hold-lapse", ByOperator, texts,
		"The chain is 24 blocks from the hold's HTLC expiry: it is cancelled now, also where it was forfeited and is not settled yet. For the collateral of a bet under way it comes at 36 blocks: the bet is lost.",
		HoldLapse{Hold: exampleID}),
	row(KindEpoch, "epoch", ByOperator, texts,
		"Closes a reputation epoch. `scores_root` is the RFC 6962 root over one leaf an agent in order of registration: key || score || flow || quality || positive || negative, each figure 8 bytes, big-endian; by version 1 of the rules key || score.",
		Epoch{Number: 3, Agents: 25, ScoresRoot: exampleHash}),
	row(KindClose, "close", ByOperator, texts,
		"Ends a vote with its outcome, the number of ballots counted and the RFC 6962 root over key || choice (1, 2, 3) || weight || entry number, in order of key. Where somebody who did not vote had a delegation, `delegation` says what that did, and `for`, `against` and `abstain` include it. A vote between options carries `scores`, in order, and `winner`, from 1; ties go to the lowest number, and `reason` says so.",
		Close{Proposal: exampleID, Passed: true, Reason: "passed", For: 15, Against: 3, Eligible: 25, Ballots: 18, BallotRoot: exampleHash}),
	row(KindExecute, "execute", ByOperator, texts,
		"Carries a queued proposal's actions out, all or nothing; `failure` says why they were refused, or is empty.",
		Execute{Proposal: exampleID}),
	row(KindExpire, "expire", ByOperator, texts,
		"A queued proposal was not executed within its grace.",
		Expire{Proposal: exampleID}),
	row(KindAnchorPublished, "anchor-published", ByOperator, texts,
		"A transaction with the digest of a checkpoint was handed to the Bitcoin network.",
		AnchorPublished{CheckpointSize: 120, CheckpointHash: exampleHash, Txid: exampleHash}),
	row(KindAnchorConfirmed, "anchor-confirmed", ByOperator, texts,
		"The anchoring transaction is in a block.",
		AnchorConfirmed{CheckpointSize: 120, Txid: exampleHash, Block: exampleHash, Height: 812001}),
	row(KindAnchorFinal, "anchor-final", ByOperator, texts,
		"The anchor has the confirmations that make it final.",
		AnchorFinal{CheckpointSize: 120, Txid: exampleHash}),
	row(KindAnchorReorged, "anchor-reorged", ByOperator, texts,
		"The block that held the anchor left the best chain; the anchor is pending again.",
		AnchorReorged{CheckpointSize: 120, Txid: exampleHash}),
	row(KindPaymentSent, "payment-sent", ByOperator, texts,
		"Answers a pay or keysend effect: LND says that the payee has the sats. The preimage of a paid invoice is the payee's acknowledgement; that of a keysend econd made itself. The fee is taken from the pool, rounded up to a sat, up to the limit of the effect; more is the operator's own cost.",
		PaymentSent{Effect: "121/0", Payout: "pay-1b0c9f52e7a94d3c8f60c21d77ab3e5590f4d1c2", Preimage: exampleHash, FeeMsat: 1200}),
	row(KindPaymentFailed, "payment-failed", ByOperator, texts,
		"Answers a pay or keysend effect: the payment failed for good, with nothing under way.",
		PaymentFailed{Effect: "121/0", Payout: "pay-1b0c9f52e7a94d3c8f60c21d77ab3e5590f4d1c2", Reason: "no route"}),
	row(KindClaimLapse, "claim-lapse", ByOperator, texts,
		"Nobody claimed a payout in time; the sats stay in the pool.",
		ClaimLapse{Payout: "pay-1b0c9f52e7a94d3c8f60c21d77ab3e5590f4d1c2"}),
	row(KindWebhookDelivered, "webhook-delivered", ByOperator, texts,
		"Answers a webhook effect: the receiver took it.",
		WebhookDelivered{Effect: "120/1", Status: 204}),
	row(KindWebhookFailed, "webhook-failed", ByOperator, texts,
		"Answers a webhook effect: the receiver refused it, or did not take it in all the tries.",
		WebhookFailed{Effect: "120/1", Reason: "answered 410"}),
	row(KindSpendSubmitted, "spend-submitted", ByOperator, texts,
		"The payment of a spend is about to be sent: its hash, its amount, at most that of the spend, and who is paid. A payment hash serves one spend. Known from version 3 of the rules on.",
		SpendSubmitted{Effect: "120/0", Spend: exampleSpend, PaymentHash: exampleHash, AmountMsat: 21_000}),
	row(KindSpendSettled, "spend-settled", ByOperator, texts,
		"Answers a spend effect: the payee has the sats, as the preimage shows. What the route cost counts, what it did not returns to budget and pool. Known from version 3 of the rules on.",
		SpendSettled{Effect: "120/0", Spend: exampleSpend, Preimage: exampleHash, FeeMsat: 12}),
	row(KindSpendFailed, "spend-failed", ByOperator, texts,
		"Answers a spend effect: nothing was paid and nothing is under way; all of it returns to budget and pool. Known from version 3 of the rules on.",
		SpendFailed{Effect: "120/0", Spend: exampleSpend, Reason: "no route"}),
	row(KindBreakerTripped, "breaker-tripped", ByOperator, texts,
		"A breaker opened for the sake of the sats: nothing new is spent by the node, the agent or the wallet until `reset-breaker`. What is under way goes on. Known from version 3 of the rules on.",
		BreakerTripped{Scope: "wallet", Subject: exampleWallet, Cause: "unknown-payment", Figures: "LND paid 21000 msat to 02aa.., which no entry asks for"}),
	row(KindEvaluate, "evaluate", ByOperator, texts,
		"Ends the evaluation of a proposal: `met` if every criterion was, `missed` if one was not, else `undetermined`: too few reports.",
		Evaluate{Proposal: exampleID, Verdict: "met", Metrics: []EvaluatedResult{{Name: "speed", Reports: 3, Median: 128, Verdict: "met"}}}),
	row(KindDraw, "draw", ByOperator, texts,
		"States the juror of each seat of a round, drawn by reputation with the hash of the block that this entry is stamped with. An empty list: the field is too small.",
		Draw{Dispute: exampleID, Round: 0, Jurors: []PublicKey{PublicKey(exampleHash)}}),
	row(KindRuling, "ruling", ByOperator, texts,
		"Counts the revealed votes of a round: more than half upholds, a tie refuses. `final` where no further round is possible.",
		Ruling{Dispute: exampleID, Round: 0, Uphold: 2, Refuse: 1, Verdict: "upheld"}),
	row(KindDisputeClose, "dispute-close", ByOperator, texts,
		"Nobody appealed in time; the ruling stands.",
		DisputeClose{Dispute: exampleID, Verdict: "upheld"}),
	row(KindReconciled, "reconciled", ByOperator, texts,
		"A decision of the operator, after a backup was restored, about what LND or an earlier head knows and the log does not: `paid` (LND has paid a payout), `found` (sats that it settled go into a pool), `cancelled` (a hold that the log does not know), `noted` (none of the economy's sats), `anchored` (Bitcoin has this anchor of a checkpoint that was lost), `restored` (the log goes on; the head is the highest that was signed before), `new-line` (the coin of the line of anchors, output 1 of this anchor, is gone: a second line begins; known from version 2 of the rules on).",
		Reconciled{Decision: DecidedFound, Hash: exampleHash, AmountMsat: 5_000_000, Pool: "reserve"}),
	row(KindBlocks, "blocks", ByOperator, texts,
		"Headers of Bitcoin's chain, 80 bytes each, the first of height `from`: those that came since, or in place of up to 99 at the end a fork of more work that is higher. Each names the one before it and has the work and the bits that the network demands. Entries after this one are stamped with the newest of them. Known from version 2 of the rules on.",
		Blocks{From: 812002, Headers: []BlockHeader{BlockHeader(bytes.Repeat([]byte{0xcd}, 80))}}),
	row(KindLogKey, "log-key", ByOperator, texts,
		"The log goes over to another key: the head over the `size` entries before this one, whose root is `root`, is the last that the key before signs, and heads from `size` + 1 on, which cover this entry, are signed by `log_verifier`. Both keys signed `econd-log-key/v1`, the old key, the new key, the size and the root in base64, each ended by a newline, with Ed25519. A log has at most 16 of these, and no key twice. Known from version 2 of the rules on.",
		LogKey{LogVerifier: "econd/demo-00c0ffee00c0ffee+12345678+Base64", Size: 121, Root: exampleHash, OldSignature: LogSignature{1}, NewSignature: LogSignature{2}}),
}

// Values of examples.
var (
	exampleID   = ID(bytes.Repeat([]byte{0xab}, 32))
	exampleHash = Hash(bytes.Repeat([]byte{0xcd}, 32))

	exampleWallet = "wallet-1b0c9f52e7a94d3c8f60c21d77ab3e5590f4d1c2"
	exampleSpend  = "spend-77ab3e5590f4d1c21b0c9f52e7a94d3c8f60c21d"
	exampleBudget = budget.Terms{Pool: "performance", RefillMsat: 1_000_000, CeilingMsat: 1_000_000, PeriodS: 86_400, CapMsat: 50_000,
		Recipients: []string{"origin:https://api.example.com"}, UntilMs: 1_900_000_000_000}
)

// kindRow is one kind.
type kindRow struct {
	kind    Kind
	name    string
	signer  Signer
	most    int // largest content, in bytes
	text    string
	example any
	fresh   func() any                // a new content, to decode into
	decode  func(string) (any, error) // strictly, into a new content
}

// row is the row of a kind whose content is a C.
func row[C any](kind Kind, name string, signer Signer, most int, text string, example C) kindRow {
	return kindRow{kind, name, signer, most, text, example, func() any { return new(C) }, func(text string) (any, error) {
		c := new(C)
		return c, Unmarshal([]byte(text), "content", c)
	}}
}

// decodedBy is the row with a decoder of its own, which does what Unmarshal would.
func (r kindRow) decodedBy(decode func(string) (any, error)) kindRow {
	r.decode = decode
	return r
}
