package op

import "strings"

// customerWord starts the word of an invoice's description that names the agent
// who is to pay it.
const customerWord = "agent="

// NameCustomer returns the word that, in the description of a BOLT 11 invoice,
// names the agent whom the payee expects to pay: "agent=" and the x-only key in
// 64 lower-case hex digits.
func NameCustomer(agent PublicKey) string { return customerWord + agent.String() }

// CustomerOf returns the agent whom a description names as the customer. Words
// are separated by white space. Exactly one may begin with "agent=", and a valid
// key must follow; else the description names nobody.
func CustomerOf(description string) (agent PublicKey, ok bool) {
	for word := range strings.FieldsSeq(description) {
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
