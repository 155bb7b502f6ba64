package dashboard

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/reputation"
)

var functions = template.FuncMap{
	"when": when, "iso": iso, "span": span, "ahead": ahead, "short": short, "ppm": ppm, "permille": permille,
	"n": func(v any) string { return grouped(fmt.Sprint(v)) }, "since": since,
	"asset": func(name string) string { return "status/static/" + name + "?v=" + assets[name] },
	"tone":  tone, "inc": func(i int) int { return i + 1 }, "sum": func(a, b uint64) uint64 { return a + b }, "score": score, "plural": plural, "said": said, "args": func(list ...any) []any { return list },
}

// assets are the versions of the static files: a hash of what is in them.
var assets = func() map[string]string {
	all := map[string]string{}
	entries, err := files.ReadDir("static")
	if err != nil {
		panic(err) // embedded
	}
	for _, e := range entries {
		text, err := files.ReadFile("static/" + e.Name())
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(text)
		all[e.Name()] = hex.EncodeToString(sum[:4])
	}
	return all
}()

// when writes unix milliseconds for people, in UTC.
func when(ms int64) string {
	if ms == 0 {
		return "–"
	}
	return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05") + " UTC"
}

// iso writes unix milliseconds for programs.
func iso(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }

// span writes a length of time in its two largest units, rounded down.
func span(ms int64) string {
	s := ms / 1000
	units := []struct {
		s    int64
		name string
	}{{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}}
	for i, u := range units {
		if s < u.s {
			continue
		}
		text := strconv.FormatInt(s/u.s, 10) + " " + u.name
		if i+1 < len(units) && s%u.s/units[i+1].s > 0 {
			text += " " + strconv.FormatInt(s%u.s/units[i+1].s, 10) + " " + units[i+1].name
		}
		return text
	}
	return "0 s"
}

// ahead says how far an instant is from now.
func ahead(ms, nowMs int64) string {
	if ms >= nowMs {
		return "in " + span(ms-nowMs)
	}
	return span(nowMs-ms) + " ago"
}

// since says how long ago an instant was.
func since(ms, nowMs int64) string { return span(max(0, nowMs-ms)) + " ago" }

// short is the beginning of an id, enough to tell it from others at a glance.
func short(v fmt.Stringer) string { return v.String()[:12] }

// ppm writes parts per million as per cent, rounded down to hundredths.
func ppm(v int64) string { return fmt.Sprintf("%d.%02d %%", v/10_000, v%10_000/100) }

// permille is part of whole in thousandths, rounded down, at most 1,000.
func permille(part, whole op.Weight) uint64 {
	if whole == 0 {
		return 0
	}
	if part >= whole {
		return 1000
	}
	if part > 1<<54 {
		return uint64(part / (whole / 1000)) // 1000 * part would not fit
	}
	return uint64(part) * 1000 / uint64(whole)
}

// grouped separates thousands by commas.
func grouped(text string) string {
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return sign + text
}

// score writes a score of 2^60 as per cent of all, rounded down to hundredths.
func score(w op.Weight) string { return reputation.Percent(uint64(w)) }

// plural is a number and what is counted.
func plural(n any, one, many string) string {
	if text := fmt.Sprint(n); text != "1" {
		return grouped(text) + " " + many
	}
	return "1 " + one
}

// tone is the class of a state's badge. The state is written beside it: colour
// alone says nothing.
func tone(state string) string {
	switch state {
	case "active", "open", "claimable", "sending", "pending", "ended":
		return "live"
	case "executed", "succeeded", "rewarded", "final", "paid", "refused", "locked", "done", "met", "confirmed", "released":
		return "good"
	case "defeated", "failed", "vetoed", "expired", "cancelled", "overturned", "penalised", "forfeited", "taken", "missed":
		return "poor"
	case "queued", "disputed", "evaluating", "draft", "requested", "offered", "unbonded", "upheld", "undetermined":
		return "wait"
	}
	return "calm"
}

var (
	longID     = regexp.MustCompile(`\b[0-9a-f]{64}\b`)
	longNumber = regexp.MustCompile(`\b[0-9]{5,}\b|\b[0-9]{4} sat\b`) // no year
	goSpan     = regexp.MustCompile(`\b(?:[0-9]+h)?(?:[0-9]+m)?[0-9]+(?:\.[0-9]+)?s\b`)
)

// said rewrites a sentence of an explanation for this page: ids shortened,
// thousands separated, lengths of time in their two largest units.
func said(text string) string {
	text = longID.ReplaceAllStringFunc(text, func(id string) string { return id[:12] + "…" })
	text = longNumber.ReplaceAllStringFunc(text, func(n string) string {
		digits, unit, _ := strings.Cut(n, " ")
		return strings.TrimSpace(grouped(digits) + " " + unit)
	})
	return goSpan.ReplaceAllStringFunc(text, func(s string) string {
		d, err := time.ParseDuration(s)
		if err != nil {
			return s
		}
		return span(d.Milliseconds())
	})
}
