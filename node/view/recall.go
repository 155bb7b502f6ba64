package view

import (
	"fmt"

	"github.com/econd/econd/node/op"
)

// What a view says of something that ended stands in the log alone: the view has the
// numbers of the entries, and is filled from there once it has left the state, so that
// nobody waits for the log who waits for the state.

// Recalled is a view that may lack texts. Recall fills them; entry returns an entry of
// the log of the view's state. With an error some may be lacking still. It is called
// outside of the state's lock; a view that is not filled, as those of auditors and
// simulations, has these texts empty.
type Recalled interface {
	Recall(entry func(seq uint64) (*op.Entry, error)) error
}

// recalled decodes the content of an entry.
func recalled[C any](entry func(seq uint64) (*op.Entry, error), seq uint64) (*C, error) {
	e, err := entry(seq)
	if err == nil {
		c := new(C)
		if err = op.Unmarshal([]byte(e.Event.Content), "content", c); err == nil {
			return c, nil
		}
	}
	return nil, fmt.Errorf("the text of entry %d: %w", seq, err)
}

// Recall implements Recalled.
func (v *Proposal) Recall(entry func(seq uint64) (*op.Entry, error)) error {
	if v.Ended {
		c, err := recalled[op.Propose](entry, v.Seq)
		if err != nil {
			return err
		}
		v.Text, v.Actions, v.Options, v.Terms, v.Ended = c.Text, c.Actions, c.Options, c.Terms, false
		if v.Actions == nil {
			v.Actions = []op.Raw{}
		}
	}
	if err := recallReason(entry, &v.Reason, &v.ReasonSeq); err != nil {
		return err
	}
	for _, list := range [][]Assent{v.Vetoes, v.Cancels} {
		for i := range list {
			if err := recallReason(entry, &list[i].Reason, &list[i].ReasonSeq); err != nil {
				return err
			}
		}
	}
	return nil
}

// recallReason fills the reason of a cancel or a veto, which are alike, if it is
// lacking.
func recallReason(entry func(seq uint64) (*op.Entry, error), reason *string, seq *uint64) error {
	if *seq == 0 {
		return nil
	}
	c, err := recalled[op.Cancel](entry, *seq)
	if err != nil {
		return err
	}
	*reason, *seq = c.Reason, 0
	return nil
}

// Recall implements Recalled.
func (v *Dispute) Recall(entry func(seq uint64) (*op.Entry, error)) error {
	for i := range v.Bonds {
		if err := v.Bonds[i].recall(entry); err != nil {
			return err
		}
	}
	v.Text = v.Bonds[0].Text
	return nil
}

func (v *DisputeBond) recall(entry func(seq uint64) (*op.Entry, error)) error {
	if v.TextSeq == 0 {
		return nil
	}
	if v.Appeals {
		c, err := recalled[op.Appeal](entry, v.TextSeq)
		if err != nil {
			return err
		}
		v.Text, v.TextSeq = c.Text, 0
		return nil
	}
	c, err := recalled[op.Dispute](entry, v.TextSeq)
	if err != nil {
		return err
	}
	v.Text, v.TextSeq = c.Text, 0
	return nil
}

// Recall implements Recalled.
func (x *Explanation) Recall(entry func(seq uint64) (*op.Entry, error)) error {
	if x.ReasonSeq == 0 {
		return nil
	}
	var reason string
	if err := recallReason(entry, &reason, &x.ReasonSeq); err != nil {
		return err
	}
	x.Sentences[x.ReasonAt] += reason
	return nil
}
