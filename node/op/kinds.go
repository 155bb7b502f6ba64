package op

// Kind is the NIP-01 kind of an event. econd uses regular kinds (NIP-01: 1000
// to 9999): 3900 to 3949 for agents' operations, 3950 to 3999 for the
// operator's facts.
type Kind uint16

// Operations, signed by agents (and by guardians, where a rule says so).
const (
	KindRegister     Kind = 3901 // Register
	KindBindNode     Kind = 3902 // BindNode
	KindLockStake    Kind = 3903 // LockStake
	KindReleaseStake Kind = 3904 // ReleaseStake
	KindReceipt      Kind = 3905 // Receipt
	KindPropose      Kind = 3906 // Propose
	KindVote         Kind = 3907 // Vote
	KindCancel       Kind = 3908 // Cancel
	KindVeto         Kind = 3909 // Veto
	KindDelegate     Kind = 3910 // Delegate
	KindUndelegate   Kind = 3911 // Undelegate
	KindStatement    Kind = 3912 // Statement
	KindPause        Kind = 3913 // Pause
	KindClaim        Kind = 3914 // Claim
	KindDeposit      Kind = 3915 // Deposit
	KindDrawGrant    Kind = 3916 // DrawGrant
	KindReport       Kind = 3917 // Report
	KindRenew        Kind = 3918 // Renew
	KindVoid         Kind = 3919 // Void

	KindDispute    Kind = 3920 // Dispute
	KindAppeal     Kind = 3921 // Appeal
	KindJuror      Kind = 3922 // Juror
	KindJuryCommit Kind = 3923 // JuryCommit
	KindJuryReveal Kind = 3924 // JuryReveal
	KindJurorLeave Kind = 3925 // JurorLeave
	KindExit       Kind = 3926 // Exit
)

// Facts, signed by the operator's key: what happened outside, and the
// deadlines that passed.
const (
	KindGenesis         Kind = 3950 // Genesis
	KindHoldOffered     Kind = 3951 // HoldOffered
	KindHoldLocked      Kind = 3952 // HoldLocked
	KindHoldSettled     Kind = 3953 // HoldSettled
	KindHoldCancelled   Kind = 3954 // HoldCancelled
	KindHoldLapse       Kind = 3955 // HoldLapse
	KindEpoch           Kind = 3956 // Epoch
	KindClose           Kind = 3957 // Close
	KindExecute         Kind = 3958 // Execute
	KindExpire          Kind = 3959 // Expire
	KindAnchorPublished Kind = 3960 // AnchorPublished
	KindAnchorConfirmed Kind = 3961 // AnchorConfirmed
	KindAnchorFinal     Kind = 3962 // AnchorFinal
	KindAnchorReorged   Kind = 3963 // AnchorReorged

	KindPaymentSent      Kind = 3964 // PaymentSent
	KindPaymentFailed    Kind = 3965 // PaymentFailed
	KindClaimLapse       Kind = 3966 // ClaimLapse
	KindWebhookDelivered Kind = 3967 // WebhookDelivered
	KindWebhookFailed    Kind = 3968 // WebhookFailed
	KindEvaluate         Kind = 3969 // Evaluate

	KindDraw         Kind = 3970 // Draw
	KindRuling       Kind = 3971 // Ruling
	KindDisputeClose Kind = 3972 // DisputeClose
	KindReconciled   Kind = 3973 // Reconciled
)

var kindNames = [...]struct {
	kind Kind
	name string
}{
	{KindRegister, "register"}, {KindBindNode, "bind-node"},
	{KindLockStake, "lock-stake"}, {KindReleaseStake, "release-stake"},
	{KindReceipt, "receipt"}, {KindPropose, "propose"}, {KindVote, "vote"},
	{KindCancel, "cancel"}, {KindVeto, "veto"}, {KindDelegate, "delegate"},
	{KindUndelegate, "undelegate"}, {KindStatement, "delegate-statement"},
	{KindPause, "pause"},
	{KindClaim, "claim"}, {KindDeposit, "deposit"},
	{KindDrawGrant, "draw-grant"},
	{KindReport, "report"}, {KindRenew, "renew"}, {KindVoid, "void"},
	{KindDispute, "dispute"}, {KindAppeal, "appeal"}, {KindJuror, "juror"},
	{KindJuryCommit, "jury-commit"}, {KindJuryReveal, "jury-reveal"}, {KindJurorLeave, "juror-leave"},
	{KindExit, "exit"},
	{KindGenesis, "genesis"}, {KindHoldOffered, "hold-offered"},
	{KindHoldLocked, "hold-locked"}, {KindHoldSettled, "hold-settled"},
	{KindHoldCancelled, "hold-cancelled"}, {KindHoldLapse, "hold-lapse"},
	{KindEpoch, "epoch"}, {KindClose, "close"}, {KindExecute, "execute"},
	{KindExpire, "expire"}, {KindAnchorPublished, "anchor-published"},
	{KindAnchorConfirmed, "anchor-confirmed"}, {KindAnchorFinal, "anchor-final"},
	{KindAnchorReorged, "anchor-reorged"},
	{KindPaymentSent, "payment-sent"}, {KindPaymentFailed, "payment-failed"},
	{KindClaimLapse, "claim-lapse"},
	{KindWebhookDelivered, "webhook-delivered"}, {KindWebhookFailed, "webhook-failed"},
	{KindEvaluate, "evaluate"},
	{KindDraw, "draw"}, {KindRuling, "ruling"}, {KindDisputeClose, "dispute-close"},
	{KindReconciled, "reconciled"},
}

// String returns the operation's name, or "unknown".
func (k Kind) String() string {
	for _, n := range kindNames {
		if n.kind == k {
			return n.name
		}
	}
	return "unknown"
}

// Known tells whether the kind is an operation or fact of this version.
func (k Kind) Known() bool { return k.String() != "unknown" }

// IsFact tells whether only the operator's key may sign the kind.
func (k Kind) IsFact() bool { return k >= KindGenesis && k < 4000 }

// Kinds lists every known kind, operations first.
func Kinds() []Kind {
	kinds := make([]Kind, len(kindNames))
	for i, n := range kindNames {
		kinds[i] = n.kind
	}
	return kinds
}
