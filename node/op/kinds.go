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

	KindHoldConfirmed Kind = 3927 // HoldConfirmed

	KindRotateKey    Kind = 3928 // RotateKey
	KindRevokeKey    Kind = 3929 // RevokeKey
	KindRecoverKey   Kind = 3930 // RecoverKey
	KindStopRecovery Kind = 3931 // StopRecovery
	KindSetRecovery  Kind = 3932 // SetRecovery

	KindOpenWallet   Kind = 3933 // OpenWallet
	KindCloseWallet  Kind = 3934 // CloseWallet
	KindSpend        Kind = 3935 // Spend
	KindApproveSpend Kind = 3936 // ApproveSpend
	KindResetBreaker Kind = 3937 // ResetBreaker
	KindWalletBudget Kind = 3938 // WalletBudget
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
	KindBlocks       Kind = 3974 // Blocks
	KindLogKey       Kind = 3975 // LogKey
	KindKeyRecovered Kind = 3976 // KeyRecovered

	KindSpendSubmitted Kind = 3978 // SpendSubmitted
	KindSpendSettled   Kind = 3979 // SpendSettled
	KindSpendFailed    Kind = 3980 // SpendFailed
	KindBreakerTripped Kind = 3981 // BreakerTripped
)

// Largest contents, in bytes: what a member's own rule allows, written with every
// letter escaped as \u00e4, and the names around it. A fact may have what an event
// has, for one that is due must never be refused for its length.
const (
	small      = 1 << 10 // numbers, ids, names
	lists      = 4 << 10 // of up to 64 numbers
	reasons    = 8 << 10
	oneInvoice = 8 << 10 // BOLT 11
	statements = 16 << 10
	texts      = MaxEventBytes
)

// kindAt is the place of each kind in the table, from 1; 0 is unknown.
var kindAt = func() (at [kindEnd - kindBegin]uint8) {
	for i, row := range kindTable {
		at[row.kind-kindBegin] = uint8(i + 1)
	}
	return at
}()

// Kinds of econd are in this range.
const kindBegin, kindEnd Kind = 3900, 4000

// place is the kind's index in the table; false if it is unknown.
func (k Kind) place() (int, bool) {
	if k < kindBegin || k >= kindEnd || kindAt[k-kindBegin] == 0 {
		return 0, false
	}
	return int(kindAt[k-kindBegin]) - 1, true
}

// String returns the operation's name, or "unknown".
func (k Kind) String() string {
	if i, ok := k.place(); ok {
		return kindTable[i].name
	}
	return "unknown"
}

// Known tells whether the kind is an operation or fact of this version.
func (k Kind) Known() bool { _, ok := k.place(); return ok }

// IsFact tells whether only the operator's key may sign the kind.
func (k Kind) IsFact() bool { return k >= KindGenesis && k < kindEnd }

// MaxContent is the most bytes that the content of an event of the kind may have;
// 0 for an unknown kind.
func (k Kind) MaxContent() int {
	if i, ok := k.place(); ok {
		return kindTable[i].most
	}
	return 0
}

// Signer is who signs events of the kind; 0 for an unknown kind.
func (k Kind) Signer() Signer {
	if i, ok := k.place(); ok {
		return kindTable[i].signer
	}
	return 0
}

// NewContent returns a pointer to an empty content of the kind, such as *Vote; nil
// for an unknown kind.
func (k Kind) NewContent() any {
	if i, ok := k.place(); ok {
		return kindTable[i].fresh()
	}
	return nil
}

// Text says in a few sentences of Markdown what an event of the kind does; "" for an
// unknown kind.
func (k Kind) Text() string {
	if i, ok := k.place(); ok {
		return kindTable[i].text
	}
	return ""
}

// Example is a content of the kind with the members that show what it is for; nil for an
// unknown kind. It is a value of the content's type, such as Vote, that nobody changes.
func (k Kind) Example() any {
	if i, ok := k.place(); ok {
		return kindTable[i].example
	}
	return nil
}

// Kinds lists every known kind, operations first.
func Kinds() []Kind {
	kinds := make([]Kind, len(kindTable))
	for i, row := range kindTable {
		kinds[i] = row.kind
	}
	return kinds
}
