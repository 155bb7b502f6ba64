package shares

// Room is a limited number of requests or calls of one sort at once.
type Room struct {
	Rule   string // of the refusal
	What   string // is in work, in the plural
	Places *Places
}

// Busy says why there is no place, given Take's error.
func (r *Room) Busy(err error) string {
	return "too many " + r.What + " are in work: " + err.Error()
}
