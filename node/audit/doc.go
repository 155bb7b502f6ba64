// Package audit checks what a log says, for somebody who trusts neither its
// operator nor the network.
//
// It guarantees: a Bundle that Verify accepts shows that one ballot was
// counted, every member of it being bound by signatures, RFC 6962 paths and,
// where it is anchored, Bitcoin's proof of work; a log that Replay accepts
// gives exactly the outcomes, scores and pools of the report, since every entry
// went through the same ledger.Apply as at the operator's node and every fact
// was recomputed; a refusal names the member or the line and says what is
// wrong. A report states in words what is proved and what that rests on.
//
// It refuses to know the node, its storage and the network: everything comes
// from the bytes given and the caller's own premises (Options). Nothing here
// has state; every function may be called concurrently.
package audit
