package op

import "strings"

// customerWord starts the word of an invoice's description that names the agent
// who is to pay it.
const customerWord = "agent="

// NameCustomer returns the word that, in the description of a BOLT 11 invoice,
// names the agent whom the payee expects to pay: "agent=" and the x-only key in
// 64 lower-case hex digits.
func NameCustomer(agent PublicKey) string { return customerWord + agent.String() }

// separators are the characters of white space (the property White_Space of Unicode). They are written down, for
// whom an invoice names may not change with a table of Unicode.
const separators = "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a" +
	"\u2028\u2029\u202f\u205f\u3000"

func separates(r rune) bool { return strings.ContainsRune(separators, r) }

// CustomerOf returns the agent whom a description names as the customer. Words
// are separated by white space, see separators. Exactly one may begin with "agent=", and a valid
// key must follow; else the description names nobody.
func CustomerOf(description string) (agent PublicKey, ok bool) {
	for word := range strings.FieldsFuncSeq(description, separates) {
		key, found := strings.CutPrefix(word, customerWord)
		if !found {
			continue
		}
		if ok {
			return PublicKey{}, false
		}
		var err error
		if agent, err = ParsePublicKey(key); err != nil {
			return PublicKey{}, false
		}
		ok = true
	}
	return agent, ok
}
