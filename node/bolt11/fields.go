package bolt11

import "unicode/utf8"

const (
	timestampGroups = 7
	signatureGroups = 104
	hashGroups      = 52 // 256 bits and 4 of padding
	nodeGroups      = 53 // 264 bits and 1 of padding
)

// The types of the fields that are read.
const (
	fieldHash        = 1
	fieldFeatures    = 5
	fieldExpiry      = 6
	fieldDescription = 13
	fieldSecret      = 16
	fieldNode        = 19
	fieldTextHash    = 23
	fieldCltv        = 24
)

// fieldNames are the letters of the fields that are read, "" for others.
var fieldNames = [32]string{fieldHash: "p", fieldFeatures: "9", fieldExpiry: "x", fieldDescription: "d", fieldSecret: "s",
	fieldNode: "n", fieldTextHash: "h", fieldCltv: "c"}

// fields says which fields an invoice has.
type fields struct {
	seen uint32 // bits of their types
	node []byte // what n names; nil if there is none
}

func (f *fields) has(kind byte) bool { return f.seen>>kind&1 == 1 }

// readFields reads the tagged fields into an invoice; those that are left out get their defaults.
func readFields(inv *Invoice, groups []byte) (fields, error) {
	inv.ExpiryS, inv.MinFinalCltv = DefaultExpiryS, DefaultMinFinalCltv
	var f fields
	for len(groups) > 0 {
		if len(groups) < 3 {
			return f, fail("fields", "field-header", "end with %d groups, the type and length of a field take 3", len(groups))
		}
		kind, size := groups[0], int(groups[1])<<5|int(groups[2])
		if size > len(groups)-3 {
			return f, fail("fields", "field-length", "end within one of type %d: it says %d groups, %d are left", kind, size, len(groups)-3)
		}
		if err := f.read(inv, kind, groups[3:3+size]); err != nil {
			return f, err
		}
		groups = groups[3+size:]
	}
	return f, nil
}

func (f *fields) read(inv *Invoice, kind byte, data []byte) (err error) {
	name := fieldNames[kind]
	if name == "" {
		return nil
	}
	if f.has(kind) {
		return fail(name, "field-once", "stands twice")
	}
	f.seen |= 1 << kind
	switch kind {
	case fieldHash:
		inv.PaymentHash, err = read32(name, data)
	case fieldSecret:
		inv.PaymentSecret, err = read32(name, data)
	case fieldTextHash:
		var hash [32]byte
		hash, err = read32(name, data)
		inv.DescriptionHash = &hash
	case fieldNode:
		f.node, err = readFixed(name, data, nodeGroups)
	case fieldDescription:
		inv.Description, err = readText(name, data)
	case fieldExpiry:
		inv.ExpiryS = number(data)
	case fieldCltv:
		inv.MinFinalCltv = number(data)
	case fieldFeatures:
		inv.Features, err = readFeatures(data)
	}
	return err
}

// complete refuses an invoice without what a reader must find in it.
func (f *fields) complete() error {
	for _, kind := range [2]byte{fieldHash, fieldSecret} {
		if !f.has(kind) {
			return fail(fieldNames[kind], "field-missing", "is not there")
		}
	}
	if f.has(fieldDescription) == f.has(fieldTextHash) {
		return fail("d", "one-description", "and h: there must be one of the two, and not both")
	}
	return nil
}

func readFixed(name string, data []byte, size int) ([]byte, error) {
	if len(data) != size {
		return nil, fail(name, "fixed-length", "has %d groups of 5 bits, it must have %d", len(data), size)
	}
	return wholeBytes(name, data)
}

func read32(name string, data []byte) (out [32]byte, err error) {
	b, err := readFixed(name, data, hashGroups)
	copy(out[:], b)
	return out, err
}

func readText(name string, data []byte) (string, error) {
	b, err := wholeBytes(name, data)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(b) {
		return "", fail(name, "utf-8", "is not valid UTF-8")
	}
	return string(b), nil
}
