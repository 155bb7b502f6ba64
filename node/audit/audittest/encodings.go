package audittest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
)

// Variant is a text that somebody may take for another one of the same meaning.
type Variant struct{ Name, Text string }

// aMember finds the names of members: quotes within strings have a backslash in front.
var aMember = regexp.MustCompile(`[{,\s]"([a-z0-9_@]+)":\s*`)

var hexadecimal = regexp.MustCompile(`^"[0-9a-f]{16,}"$`)

// JSONVariants writes a JSON object otherwise: members twice, in capitals, null or unknown, numbers
// in other notations, hexadecimal in capitals, and something before and after. White space,
// the order of members and escapes within strings, which carry no meaning, are left.
func JSONVariants(text string) []Variant {
	list := []Variant{{"two", text + text}, {"an object behind", text + "{}"}, {"a bracket behind", text + "]"}, {"a zero byte behind", text + "\x00"},
		{"a byte order mark", "\ufeff" + text}, {"a list", "[" + text + "]"}, {"cut", strings.TrimRight(text, "}\n ")},
		{"a comma behind", strings.TrimRight(text, "}\n ") + ",}"}, {"an unknown member", strings.Replace(text, "{", `{"unknown":1,`, 1)}}
	for _, at := range aMember.FindAllStringSubmatchIndex(text, -1) {
		name, value := text[at[2]:at[3]], at[1]
		dec := json.NewDecoder(strings.NewReader(text[value:]))
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			continue // within a string
		}
		end := value + int(dec.InputOffset())
		with := func(what, instead string) {
			list = append(list, Variant{fmt.Sprintf("%s of %q at %d", what, name, value), text[:value] + instead + text[end:]})
		}
		old := text[value:end]
		with("twice", old+`,"`+name+`":`+old)
		list = append(list, Variant{"capital of " + name, text[:at[2]] + strings.ToUpper(name) + text[at[3]:]})
		if old != "null" {
			with("null", "null")
		}
		for _, instead := range otherwise(old) {
			with(instead[:min(12, len(instead))], instead)
		}
	}
	return list
}

// otherwise writes a JSON number or a string of hexadecimal digits otherwise.
func otherwise(value string) []string {
	switch {
	case regexp.MustCompile(`^\d+$`).MatchString(value):
		return []string{value + ".0", value + "e0", value + "E+0", "0" + value, "+" + value, "-" + value, `"` + value + `"`, "[" + value + "]"}
	case hexadecimal.MatchString(value):
		digits := strings.Trim(value, `"`)
		list := []string{`"0x` + digits + `"`, `"00` + digits + `"`, `" ` + digits + `"`, `"` + digits + `\n"`, `"` + digits[2:] + `"`}
		if upper := strings.ToUpper(value); upper != value {
			list = append(list, upper)
		}
		return list
	}
	return nil
}

// order is that of the group of Ed25519: to add it to the second half of a signature gives
// another text that verifies wherever that is not looked at.
var order, _ = new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)

// NoteVariants writes a signed note otherwise: its signature as S+L, with stray bits in base64,
// unpadded, in the alphabet of URLs, repeated, under another name, with other ends of lines. The last
// line must be of a key that whoever reads the note knows.
func NoteVariants(note string) []Variant {
	at := strings.LastIndex(strings.TrimSuffix(note, "\n"), "\n") + 1
	head, line := note[:at], strings.TrimSuffix(note[at:], "\n")
	name, encoded, _ := strings.Cut(strings.TrimPrefix(line, "— "), " ")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw) < 36 {
		panic("audittest: no note")
	}
	signed := func(what, sig string) Variant { return Variant{what, head + "— " + name + " " + sig + "\n"} }
	list := []Variant{{"repeated", note + line + "\n"}, {"a line behind", note + "\n"}, {"text behind", note + "x\n"}, {"no newline", strings.TrimSuffix(note, "\n")},
		{"carriage returns", strings.ReplaceAll(note, "\n", "\r\n")}, {"a hyphen", head + strings.Replace(line, "—", "-", 1) + "\n"},
		{"two spaces", head + strings.Replace(line, " ", "  ", 1) + "\n"}, signed("unpadded", strings.TrimRight(encoded, "=")),
		signed("padded", encoded+"="), signed("cut", encoded[:len(encoded)-4]), {"no signature", head},
		{"another name", head + "— " + name + "x " + encoded + "\n"}, {"text changed", strings.Replace(note, "\n", "x\n", 1)}}
	if url := base64.URLEncoding.EncodeToString(raw); url != encoded {
		list = append(list, signed("of URLs", url))
	}
	if text := strings.TrimRight(encoded, "="); len(text) < len(encoded) { // its last digit has stray bits
		const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
		next := digits[strings.IndexByte(digits, text[len(text)-1])|1]
		list = append(list, signed("stray bits", text[:len(text)-1]+string(next)+encoded[len(text):]))
	}
	return append(list, signed("S+L", base64.StdEncoding.EncodeToString(raisedByOrder(raw))),
		signed("another key", base64.StdEncoding.EncodeToString(flipped(raw, 0))), signed("another point", base64.StdEncoding.EncodeToString(flipped(raw, len(raw)-64))),
		signed("another scalar", base64.StdEncoding.EncodeToString(flipped(raw, len(raw)-32))))
}

// raisedByOrder adds the group's order to the second half of a signature, which has the lowest byte first.
func raisedByOrder(raw []byte) []byte {
	out := slices.Clone(raw)
	s := out[len(out)-32:]
	slices.Reverse(s)
	new(big.Int).Add(new(big.Int).SetBytes(s), order).FillBytes(s)
	slices.Reverse(s)
	return out
}

func flipped(raw []byte, at int) []byte {
	out := slices.Clone(raw)
	out[at] ^= 1
	return out
}
