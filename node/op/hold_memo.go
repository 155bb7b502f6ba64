package op

import "strings"

// holdWord opens the description of a hold invoice.
const holdWord = "econd"

// HoldMemo is the description of the invoice of a hold. The hold's id is that of the
// operation that asked for it, which names economy and agent: so what the node signs with
// the invoice says for whom it is, and where. No other invoice of econd begins like it.
func HoldMemo(purpose string, hold ID) string {
	return holdWord + " " + purpose + " " + hold.String()
}

// HoldOf reads what HoldMemo wrote: false for any other description.
func HoldOf(description string) (purpose string, hold ID, ok bool) {
	words := strings.Split(description, " ")
	if len(words) != 3 || words[0] != holdWord {
		return "", ID{}, false
	}
	hold, err := ParseID(words[2])
	if err != nil || HoldMemo(words[1], hold) != description {
		return "", ID{}, false
	}
	return words[1], hold, true
}
