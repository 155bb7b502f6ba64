package mpp

import "encoding/json"

// ReceiptHeader is the field of an answer that says what it was paid with.
const ReceiptHeader = "Payment-Receipt"

// Receipt is what a seller says of a payment: foreign texts, and no proof.
type Receipt struct {
	Status      string `json:"status"` // "success"
	Method      string `json:"method"`
	Timestamp   string `json:"timestamp"`             // RFC 3339
	Reference   string `json:"reference"`             // the payment hash, or a session
	ChallengeID string `json:"challengeId,omitempty"` // of the charge

	// Of a session that was closed.
	RefundSats   int64  `json:"refundSats,omitempty"`
	RefundStatus string `json:"refundStatus,omitempty"`
}

// Header is the value of Payment-Receipt.
func (r Receipt) Header() (string, error) {
	text, err := marshal(r)
	if err != nil {
		return "", malformed("receipt: %w", err)
	}
	return encode64(text), nil
}

// ParseReceipt reads the value of Payment-Receipt.
func ParseReceipt(value string) (Receipt, error) {
	var r Receipt
	if len(value) > maxHeader {
		return r, malformed("receipt: %d characters, at most %d are read", len(value), maxHeader)
	}
	text, err := decode64(value)
	if err != nil {
		return r, err
	}
	if _, err := readObject("receipt", text); err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return Receipt{}, malformed("receipt: a member of another type")
	}
	return r, nil
}
