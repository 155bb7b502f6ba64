package op

import "strconv"

// memo is what is known of an event's content beside its text.
type memo struct {
	kind    Kind   // that it was made of
	text    string // likewise; an event that was changed since has no memo
	content any
	more    any
}

// CheckContent refuses a content that is longer than its kind may have, by
// ErrOversize. Unknown kinds are somebody else's concern.
func (e *Event) CheckContent() error {
	if most := e.Kind.MaxContent(); e.Kind.Known() && len(e.Content) > most {
		return &FieldError{ErrOversize, "content", "has " + strconv.Itoa(len(e.Content)) + " bytes, one of " + e.Kind.String() + " may have " + strconv.Itoa(most)}
	}
	return nil
}

// Decoded returns the event's content as a pointer to the type of its kind, such as
// *Vote, decoded strictly and within the bound of its kind. It is decoded once and
// kept: nobody may change it. The first call writes to the event, so it comes before
// the event is shared. It takes time and memory linear in the content.
func (e *Event) Decoded() (any, error) {
	if e.memo.content != nil && e.memo.kind == e.Kind && e.memo.text == e.Content {
		return e.memo.content, nil
	}
	if err := e.CheckContent(); err != nil {
		return nil, err
	}
	i, ok := e.Kind.place()
	if !ok {
		return nil, malformed("kind", "%d is no operation of this version", e.Kind)
	}
	content, err := kindTable[i].decode(e.Content)
	if err != nil {
		return nil, err
	}
	e.memo = memo{kind: e.Kind, text: e.Content, content: content}
	return content, nil
}

// Keep stores what somebody derived from the content, beside it, until the content
// changes. It writes to the event: see Decoded.
func (e *Event) Keep(derived any) error {
	_, err := e.Decoded()
	if err == nil {
		e.memo.more = derived
	}
	return err
}

// Kept returns what Keep stored of the content as it is now, or nil.
func (e *Event) Kept() any {
	if e.memo.kind != e.Kind || e.memo.text != e.Content {
		return nil
	}
	return e.memo.more
}
