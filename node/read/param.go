package read

import "strings"

// Param is one parameter of a read.
type Param struct {
	Name  string
	In    In
	Kind  Kind
	Field string // of the request message of gRPC; Name where it is ""
	Doc   string // one line

	Words   []string // of a Word
	Longest int      // bytes of a Text; 0: any
	Pattern string   // that each Text which names something has; for documents alone
	Least   int64    // of a Number that names something; for documents alone
	// Needed refuses a request without it; nothing does where it has no Rule. What is
	// in the path is always there.
	Needed Refusal
	// Bad refuses a Word that is none of Words, and an empty Text; where it has no Rule
	// they are passed on, and nothing is found under them.
	Bad Refusal
}

// Refusal is the rule and the sentence by which a parameter is refused. A %q in the
// text is what was given; a rule that is called as the parameter is called as the field
// in gRPC.
type Refusal struct{ Rule, Text string }

// In is where a parameter stands.
type In int

// Places of a parameter.
const (
	InPath    In = iota // and in the request message
	InQuery             // of the URL, and in the request message
	InMessage           // of gRPC alone
)

// Kind is the form of a parameter.
type Kind int

// Kinds of a parameter.
const (
	Text   Kind = iota
	Word        // of a list; an enum in gRPC
	Number      // from 0 to 2^63-1; a text that spells none in the one way is -1
	ID          // of an event
	Key         // of an agent
)

// ProtoField is its field in the request message.
func (p *Param) ProtoField() string {
	if p.Field == "" {
		return p.Name
	}
	return p.Field
}

// Param is the parameter of a name, or nil.
func (r *Route) Param(name string) *Param {
	for i := range r.Params {
		if r.Params[i].Name == name {
			return &r.Params[i]
		}
	}
	return nil
}

// Find is the text of a Text or Word as Read takes it; ok is false for a word that is
// none, and for no text at all. A plus sign that came through a query string as a space
// is taken for what it was.
func (p *Param) Find(text string) (found string, ok bool) {
	if p.Kind != Word {
		return text, text != ""
	}
	for _, w := range p.Words {
		if text == w || text == strings.ReplaceAll(w, "+", " ") {
			return w, true
		}
	}
	return text, false
}
