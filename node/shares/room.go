package shares

// Room is a limited number of requests or calls of one sort at once.
type Room struct {
	Rule   string // of the refusal
	What   string // is in work, in the plural
	Places *Places
}

// BusyError says that there is no place in a room.
type BusyError struct{ Rule, Text string }

// Error says why.
func (e *BusyError) Error() string { return e.Text }

// Enter takes a place, or returns a *BusyError. leave gives it back.
func (r *Room) Enter(who Who) (leave func(), err error) {
	leave, err = r.Places.Take(who)
	if err != nil {
		return nil, &BusyError{r.Rule, "too many " + r.What + " are in work: " + err.Error()}
	}
	return leave, nil
}
