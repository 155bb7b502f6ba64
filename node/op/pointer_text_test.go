package op

// Editing a text, slow and obvious, beside editing a struct.

// lookup returns what is at the pointer, or null where nothing is.
func (p Pointer) lookup(in []byte) (Raw, error) {
	v, err := parseJSON(in, "")
	if err != nil {
		return nil, err
	}
	for _, step := range p {
		at := v.find(step)
		if at < 0 {
			return Raw("null"), nil
		}
		v = v.items[at]
	}
	return v.raw, nil
}

// replace returns the JSON value with what is at the pointer replaced, added
// where nothing is, or removed if with is null. Objects on the way are made; an
// item added to an array must have the name that the pointer gives it.
func (p Pointer) replace(in []byte, with Raw, field string) ([]byte, error) {
	v, err := parseJSON(in, "")
	if err != nil {
		return nil, err
	}
	w, err := parseJSON(with, field)
	if err != nil {
		return nil, err
	}
	out, err := p.put(nil, v, w, field)
	if err != nil {
		return nil, err
	}
	_, err = parseJSON(out, field) // what was put there may nest too deeply
	return out, err
}

// put writes v with what the pointer names replaced.
func (p Pointer) put(dst []byte, v, with value, field string) ([]byte, error) {
	if len(p) == 0 {
		return append(dst, with.raw...), nil
	}
	if v.kind != kindObject && v.kind != kindArray {
		return nil, malformed(field, "step %q leads into a %v", p[0], v.kind)
	}
	at, drop := v.find(p[0]), len(p) == 1 && with.kind == kindNull
	open, end := byte('['), byte(']')
	if v.kind == kindObject {
		open, end = '{', '}'
	}
	dst = append(dst, open)
	start := len(dst)
	for i, item := range v.items {
		if i == at && drop {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		if v.kind == kindObject {
			dst = append(appendString(dst, v.names[i]), ':')
		}
		if i != at {
			dst = append(dst, item.raw...)
			continue
		}
		var err error
		if dst, err = p[1:].put(dst, item, with, field); err != nil {
			return nil, err
		}
	}
	if at >= 0 || with.kind == kindNull {
		return append(dst, end), nil
	}
	if len(dst) > start {
		dst = append(dst, ',')
	}
	dst, err := p.add(dst, v, with, field)
	return append(dst, end), err
}

// add writes what was not there before, with the objects on the way to it.
func (p Pointer) add(dst []byte, to, with value, field string) ([]byte, error) {
	if to.kind == kindArray {
		if len(p) > 1 || !with.named(p[0]) {
			return nil, malformed(field, "there is no %q; what is added there must be an object with that name", p[0])
		}
		return append(dst, with.raw...), nil
	}
	dst = append(appendString(dst, p[0]), ':')
	if len(p) == 1 {
		return append(dst, with.raw...), nil
	}
	dst, err := p[1:].add(append(dst, '{'), value{kind: kindObject}, with, field)
	return append(dst, '}'), err
}

// sameJSON tells whether two texts are the same JSON value, whatever the order
// of members and the space between. The second is named by field in errors.
func sameJSON(a, b []byte, field string) (bool, error) {
	x, err := parseJSON(a, "")
	if err != nil {
		return false, err
	}
	y, err := parseJSON(b, field)
	if err != nil {
		return false, err
	}
	return x.same(y), nil
}
