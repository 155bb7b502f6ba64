package dashboard

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Least contrasts by WCAG 2.2: of text (1.4.3) and of what carries meaning
// without text (1.4.11).
const (
	leastText = 4.5
	leastMark = 3.0
)

var (
	colourDef = regexp.MustCompile(`(--[a-z-]+):\s*(#[0-9a-f]{6});`)
	colourUse = regexp.MustCompile(`([a-z-]+):[^;{}]*var\((--[a-z-]+)\)`)
)

// sheet is the style sheet: rules, and the colours of the two schemes.
func sheet(t *testing.T) (rules string, light, dark map[string]string) {
	t.Helper()
	raw, err := files.ReadFile("static/style.css")
	require.NoError(t, err)
	first, rest, ok := strings.Cut(string(raw), "@media (prefers-color-scheme: dark) {")
	require.True(t, ok)
	second, rules, ok := strings.Cut(rest, "\n}\n")
	require.True(t, ok)
	return rules, definitions(first), definitions(second)
}

func definitions(text string) map[string]string {
	all := map[string]string{}
	for _, m := range colourDef.FindAllStringSubmatch(text, -1) {
		all[m[1]] = m[2]
	}
	return all
}

// luminance is the relative luminance of WCAG 2.2.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var sum float64
	for i, share := range []float64{0.2126, 0.7152, 0.0722} {
		v, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		require.NoError(t, err)
		c := float64(v) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += share * c
	}
	return sum
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

func TestContrastIsComputedRight(t *testing.T) {
	require.InDelta(t, 21, contrast(t, "#000000", "#ffffff"), 1e-9)
	require.InDelta(t, 1, contrast(t, "#0b4f8a", "#0b4f8a"), 1e-9)
	require.InDelta(t, 4.54, contrast(t, "#767676", "#ffffff"), 0.01) // the known grey on white that passes
	require.Less(t, contrast(t, "#777777", "#ffffff"), leastText)
}

// Every text colour can be read on every ground, and every mark seen on it, in
// the light and in the dark scheme.
func TestContrastOfEveryPair(t *testing.T) {
	_, light, dark := sheet(t)
	require.NotEmpty(t, light)
	for name, scheme := range map[string]map[string]string{"light": light, "dark": dark} {
		pairs := 0
		for ground, g := range scheme {
			if !strings.HasPrefix(ground, "--bg-") {
				continue
			}
			for ink, c := range scheme {
				least := leastText
				if strings.HasPrefix(ink, "--mark-") {
					least = leastMark
				} else if !strings.HasPrefix(ink, "--ink-") {
					continue
				}
				pairs++
				if got := contrast(t, c, g); got < least {
					t.Errorf("%s: %s %s on %s %s has a contrast of %.2f, less than %.1f", name, ink, c, ground, g, got, least)
				}
			}
		}
		require.Equal(t, 3*12, pairs, name)
	}
}

// The pairs are all there are: colours have names, the two schemes have the same
// ones, text is in ink, grounds are grounds, and marks carry no text.
func TestEveryColourIsOfAPair(t *testing.T) {
	rules, light, dark := sheet(t)
	for name := range light {
		require.Contains(t, dark, name)
		require.Regexp(t, `^--(bg|ink|mark)-`, name)
		require.Contains(t, rules, "var("+name+")", "unused")
	}
	require.Len(t, dark, len(light))
	require.NotRegexp(t, `#[0-9a-fA-F]{3,8}\b|\b(rgb|hsl|hwb|lab|lch|oklab|oklch|color|color-mix)\(|opacity|filter|mix-blend`, rules)
	require.NotRegexp(t, `(?:color|background|fill|border[a-z-]*|outline)\s*:[^;{}]*\b(?:white|black|gr[ae]y|red|green|blue|silver|transparent|inherit|currentcolor)\b`, rules)
	uses := 0
	for _, rule := range strings.Split(rules, "}") {
		for _, m := range colourUse.FindAllStringSubmatch(rule, -1) {
			uses++
			property, colour := m[1], m[2]
			require.Contains(t, light, colour)
			kind := strings.SplitN(colour, "-", 4)[2]
			ok := map[string]string{"color": "ink", "background": "bg|mark", "fill": "bg|mark"}[property]
			if ok == "" {
				ok = "bg|mark" // lines
			}
			require.Contains(t, strings.Split(ok, "|"), kind, "%s in %s", property, rule)
			if property == "background" && kind == "mark" {
				require.Contains(t, rule, "::before", "a mark may carry no text: %s", rule)
			}
		}
	}
	require.Greater(t, uses, 30, "the sheet was read")
}
