package op

import "strconv"

// Decode reads one event from JSON, strictly: exactly the seven NIP-01
// members, no duplicates, integers only, lower-case hex, bounded sizes, tags
// restricted to one "economy" and at most one "alt" (NIP-31). White space and
// the order of members are free, so that any Nostr library can write it.
//
// It checks form alone; call Verify for the id and the signature.
func Decode(in []byte) (*Event, error) {
	if len(in) > MaxEventBytes {
		return nil, &FieldError{ErrOversize, "event", "longer than " + strconv.Itoa(MaxEventBytes) + " bytes"}
	}
	p := parser{in: in}
	e, err := p.event()
	if err != nil {
		return nil, err
	}
	p.space()
	if p.pos != len(in) {
		return nil, malformed("event", "trailing data at byte %d", p.pos)
	}
	return e, nil
}

var eventMembers = [...]string{"id", "pubkey", "created_at", "kind", "tags", "content", "sig"}

func (p *parser) event() (*Event, error) {
	p.space()
	if p.peek() != '{' {
		return nil, malformed("event", "must be a JSON object")
	}
	p.pos++
	e := new(Event)
	seen := 0
	for first := true; ; first = false {
		p.space()
		if p.peek() == '}' {
			p.pos++
			break
		}
		if !first {
			if p.peek() != ',' {
				return nil, malformed("event", "not valid JSON at byte %d", p.pos)
			}
			p.pos++
			p.space()
		}
		i, err := p.eventMember(seen)
		if err != nil {
			return nil, err
		}
		seen |= 1 << i
		if err := p.eventValue(e, i); err != nil {
			return nil, err
		}
	}
	for i, name := range eventMembers {
		if seen&(1<<i) == 0 {
			return nil, malformed(name, "missing")
		}
	}
	return e, nil
}

// eventMember reads `"name":` and returns its index in eventMembers.
func (p *parser) eventMember(seen int) (int, error) {
	if p.peek() != '"' {
		return 0, malformed("event", "not valid JSON at byte %d", p.pos)
	}
	name, err := p.string(called("event"))
	if err != nil {
		return 0, err
	}
	for i, want := range eventMembers {
		if name != want {
			continue
		}
		if seen&(1<<i) != 0 {
			return 0, malformed(name, "duplicate member")
		}
		p.space()
		if p.peek() != ':' {
			return 0, malformed(name, "not valid JSON at byte %d", p.pos)
		}
		p.pos++
		p.space()
		return i, nil
	}
	return 0, malformed(name, "unknown member of an event")
}

func (p *parser) eventValue(e *Event, member int) (err error) {
	switch eventMembers[member] {
	case "id":
		return p.hex(e.ID[:], "id")
	case "pubkey":
		return p.hex(e.PubKey[:], "pubkey")
	case "sig":
		return p.hex(e.Sig[:], "sig")
	case "created_at":
		e.CreatedAt, err = p.natural("created_at", MaxInteger)
	case "kind":
		var n int64
		n, err = p.natural("kind", 65535)
		e.Kind = Kind(n)
	case "tags":
		e.Tags, err = p.tags()
	case "content":
		if p.peek() != '"' {
			return malformed("content", "must be a string holding one JSON object")
		}
		e.Content, err = p.string(called("content"))
	}
	return err
}

func (p *parser) natural(field string, most int64) (int64, error) {
	if c := p.peek(); c != '-' && (c < '0' || c > '9') {
		return 0, malformed(field, "must be an integer")
	}
	n, err := p.integer(called(field))
	if err == nil && (n < 0 || n > most) {
		err = malformed(field, "must be between 0 and %d", most)
	}
	return n, err
}

func (p *parser) hex(dst []byte, field string) error {
	if p.peek() != '"' {
		return malformed(field, "must be a string of %d hex digits", 2*len(dst))
	}
	s, err := p.string(called(field))
	if err != nil {
		return err
	}
	if err := decodeHex(dst, s); err != nil {
		return malformed(field, "%v", err)
	}
	return nil
}

func (p *parser) tags() ([][]string, error) {
	v, err := p.value(called("tags"), maxDepth-2)
	if err != nil {
		return nil, err
	}
	if v.kind != kindArray {
		return nil, malformed("tags", "must be an array")
	}
	if len(v.items) > MaxTags {
		return nil, &FieldError{ErrOversize, "tags", "more than " + strconv.Itoa(MaxTags)}
	}
	tags := make([][]string, len(v.items))
	economies, alts, orders := 0, 0, 0
	for i, item := range v.items {
		if tags[i], err = tagStrings(item, i); err != nil {
			return nil, err
		}
		switch {
		case len(tags[i]) == 2 && tags[i][0] == EconomyTag:
			economies++
		case len(tags[i]) == 2 && tags[i][0] == "alt":
			alts++
		case len(tags[i]) == 2 && tags[i][0] == OrderTag:
			if _, ok := parseOrder(tags[i][1]); !ok {
				return nil, malformed("tags["+strconv.Itoa(i)+"]", "order must be a decimal string of 0 to 2^53")
			}
			orders++
		default:
			return nil, malformed("tags["+strconv.Itoa(i)+"]", `must be ["economy", id], ["order", number] or ["alt", text]`)
		}
	}
	if economies != 1 || alts > 1 || orders > 1 {
		return nil, malformed("tags", `need exactly one ["economy", id] and at most one each of ["order", number] and ["alt", text]`)
	}
	return tags, nil
}

func tagStrings(v value, i int) ([]string, error) {
	field := "tags[" + strconv.Itoa(i) + "]"
	if v.kind != kindArray {
		return nil, malformed(field, "must be an array of strings")
	}
	tag := make([]string, len(v.items))
	for j, s := range v.items {
		switch {
		case s.kind != kindString:
			return nil, malformed(field, "must be an array of strings")
		case len(s.str) > MaxTagBytes:
			return nil, &FieldError{ErrOversize, field, "element longer than " + strconv.Itoa(MaxTagBytes) + " bytes"}
		}
		tag[j] = s.str
	}
	return tag, nil
}
