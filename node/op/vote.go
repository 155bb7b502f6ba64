package op

// DecodeVote reads the content of a vote: what Unmarshal into a Vote does,
// written out because ballots are what a log holds most of. A test holds the
// two against each other.
func DecodeVote(content string) (v Vote, err error) {
	p := parser{in: []byte(content)}
	p.space()
	if p.peek() != '{' {
		return v, malformed("content", "must be an object")
	}
	p.pos++
	var seen [3]bool
	for first := true; ; first = false {
		p.space()
		if p.peek() == '}' {
			p.pos++
			break
		}
		if !first {
			if p.peek() != ',' {
				return v, malformed("content", "not valid JSON at byte %d", p.pos)
			}
			p.pos++
			p.space()
		}
		if err := p.voteMember(&v, &seen); err != nil {
			return v, err
		}
	}
	p.space()
	switch {
	case p.pos != len(p.in):
		return v, malformed("content", "trailing data after the JSON value at byte %d", p.pos)
	case !seen[0]:
		return v, malformed("content.proposal", "missing")
	case !seen[1]:
		return v, malformed("content.choice", "missing")
	}
	return v, nil
}

func (p *parser) voteMember(v *Vote, seen *[3]bool) error {
	if p.peek() != '"' {
		return malformed("content", "not valid JSON at byte %d", p.pos)
	}
	name, err := p.string(called("content"))
	if err != nil {
		return err
	}
	which := -1
	switch name {
	case "proposal":
		which = 0
	case "choice":
		which = 1
	case "ballot":
		which = 2
	default:
		return malformed(join("content", name), "unknown member")
	}
	if seen[which] {
		return malformed(join("content", name), "duplicate member")
	}
	seen[which] = true
	p.space()
	if p.peek() != ':' {
		return malformed(join("content", name), "not valid JSON at byte %d", p.pos)
	}
	p.pos++
	p.space()
	switch which {
	case 0:
		return p.hex(v.Proposal[:], "content.proposal")
	case 2:
		filled, err := p.value(called("content.ballot"), 1)
		v.Ballot = append(Raw(nil), filled.raw...)
		return err
	}
	if p.peek() != '"' {
		return malformed("content.choice", "must be a string")
	}
	v.Choice, err = p.string(called("content.choice"))
	return err
}

// decodeBallot is DecodeVote for the table of kinds.
func decodeBallot(content string) (any, error) {
	v, err := DecodeVote(content)
	return &v, err
}
