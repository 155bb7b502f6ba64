package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/color"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func lines() Lines {
	return Lines{Title: "Title <one>", Note: "a note & more", X: Axis{Label: "budget (sat)", Log: true}, Y: Axis{Label: "success (%)", Max: 100},
		Legend: "rule", Lines: []Line{
			{Name: "stake", X: []float64{1000, 10000, 100000}, Y: []float64{0, 50, 100}, Low: []float64{0, 30, 80}, High: []float64{20, 70, 100}},
			{Name: "root", Style: 1, X: []float64{1000, 100000}, Y: []float64{0, math.NaN()}, Low: []float64{0, math.NaN()}, High: []float64{10, math.NaN()}},
		}}
}

func pictures() map[string]*Picture {
	nan := math.NaN()
	return map[string]*Picture{
		"lines": lines().Draw(),
		"empty": Lines{Title: "nothing"}.Draw(),
		"one":   Lines{Title: "one", Lines: []Line{{X: []float64{3}, Y: []float64{3}, Low: []float64{2}, High: []float64{4}}}}.Draw(),
		"rows": Rows{Title: "rows", X: Axis{Label: "sat", Log: true}, Rows: []Row{{Name: "a", Value: 100, Low: 50, High: 200, Text: "100"},
			{Name: strings.Repeat("long ", 90), Value: math.Inf(1), Low: 1000, High: math.Inf(1), Text: "more"}}}.Draw(),
		"heat": Heat{Title: "heat", X: "x", Y: "y", XNames: []string{"1", "2"}, YNames: []string{"a", "b"}, Z: [][]float64{{1, 2}, {nan, 4}}, Measure: "m"}.Draw(),
		"flat": Heat{Title: "flat", XNames: []string{"1"}, YNames: []string{"a"}, Z: [][]float64{{7}}}.Draw(),
	}
}

// Equal data make equal bytes, the SVG is well-formed, draws nothing outside
// itself and loads nothing, and the PNG shows something.
func TestPictures(t *testing.T) {
	again := pictures()
	for name, p := range pictures() {
		svg := p.SVG()
		require.Equal(t, svg, again[name].SVG(), name)
		require.NotContains(t, string(svg), "NaN", name)
		require.NotContains(t, string(svg), "Inf", name)
		require.NotContains(t, strings.Replace(string(svg), `xmlns="http://www.w3.org/2000/svg"`, "", 1), "http", name)
		dec := xml.NewDecoder(bytes.NewReader(svg))
		for {
			_, err := dec.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err, name)
		}
		for _, s := range p.shapes {
			for _, q := range s.points {
				require.True(t, q.x >= 0 && q.x <= p.width && q.y >= 0 && q.y <= p.height, "%s: %v lies outside", name, q)
			}
		}
		raw, err := p.PNG()
		require.NoError(t, err)
		other, err := again[name].PNG()
		require.NoError(t, err)
		require.Equal(t, raw, other, name)
		img, err := png.Decode(bytes.NewReader(raw))
		require.NoError(t, err)
		require.Equal(t, int(math.Ceil(scale*p.height)), img.Bounds().Dy())
		require.NotEqual(t, 0, inked(raw, t), name)
	}
}

// crowded has many long names, as a sweep over several parameters does.
func crowded() Lines {
	c := lines()
	c.Legend = "price.weight.kind, newcomer.kind, delegation limits.cap"
	for _, name := range []string{"root-stake, sybil-ring, 10 %", "WWWWWWWWWWWWWWWWWWWWW", "reputation, whale = reputation, sybil-ring = one, whale = one, sybil-ring"} {
		l := c.Lines[0]
		l.Name = name
		c.Lines = append(c.Lines, l)
	}
	return c
}

// Whichever of the fonts a reader has, texts lie within the picture and neither
// on each other nor, in a legend, on the markers.
func TestTextsHaveRoom(t *testing.T) {
	all := pictures()
	all["crowded"] = crowded().Draw()
	for name, p := range all {
		var boxes []box
		for _, s := range p.shapes {
			if s.text == "" {
				continue
			}
			require.GreaterOrEqual(t, measure(s.text, s.size, s.bold), goWidth(s.text, s.size, s.bold), name)
			b := s.extent()
			require.True(t, b.left >= -0.01 && b.right <= p.width+0.01, "%s: %q lies from %v to %v", name, s.text, b.left, b.right)
			for _, other := range boxes {
				require.False(t, b.over(other), "%s: %q lies on %q", name, s.text, other.text)
			}
			boxes = append(boxes, b)
		}
		for i := range p.shapes {
			if i+1 < len(p.shapes) && p.shapes[i].outline && p.shapes[i+1].text != "" { // a marker and its name
				at := p.shapes[i].points[0]
				for _, b := range boxes {
					require.False(t, at.x > b.left && at.x < b.right && at.y > b.top && at.y < b.bottom && !p.shapes[i+1].fixed, "%s: a marker lies under %q", name, b.text)
				}
			}
		}
	}
}

// box is where a text stands.
type box struct {
	text                     string
	left, right, top, bottom float64
}

func (s *shape) extent() box {
	w := measure(s.text, s.size, s.bold)
	left := s.points[0].x - s.anchor*w
	return box{s.text, left, left + w, s.points[0].y - 0.75*s.size, s.points[0].y + 0.2*s.size}
}

func (b box) over(o box) bool {
	return b.left < o.right && o.left < b.right && b.top < o.bottom && o.top < b.bottom
}

// The widths that room is kept for are those of DejaVu Sans, which are more than
// the Go font's for nearly every text.
func TestWideFontIsMeasured(t *testing.T) {
	require.InDelta(t, 12*(0.695+0.612+0.612+0.392+0.361+0.521+0.392+0.613+0.579+0.615), wideWidth("Root-stake", 12, false), 0.01)
	require.Greater(t, measure("attackers' share of the eligible weight", 12, false), 1.1*goWidth("attackers' share of the eligible weight", 12, false))
	require.Greater(t, measure("Title", 15, true), measure("Title", 15, false))
	require.InDelta(t, 12, wideWidth("\u00e9", 12, false), 1e-9)
}

// A line has a gap where nothing was measured, and a band only where there is an
// interval.
func TestGaps(t *testing.T) {
	nan := math.NaN()
	c := Lines{Lines: []Line{{X: []float64{1, 2, 3, 4, 5}, Y: []float64{1, 2, nan, 4, nan}, Low: []float64{0, 1, nan, 3, nan}, High: []float64{2, 3, nan, 5, nan}}}}
	var bands, strokes, markers int
	for _, s := range c.Draw().shapes {
		switch {
		case s.outline && s.fill.A != 255:
			bands++
		case s.outline:
			markers++
		case s.stroke == series[0]:
			strokes++
		}
	}
	require.Equal(t, 1, bands, "from 1 to 2")
	require.Equal(t, 2, strokes, "the line from 1 to 2, the interval at 4")
	require.Equal(t, 3, markers)
	require.Equal(t, [][2]int{{0, 2}, {3, 4}}, pieces(c.Lines[0].Y))
	require.Empty(t, pieces([]float64{nan}))
}

// What was not measured has no marker and no interval in rows either; an
// interval that goes on beyond the axis ends in an arrow on its side.
func TestRowsWithoutAFigure(t *testing.T) {
	count := func(r Row) (shapes int) {
		for _, s := range (Rows{X: Axis{Min: 1, Max: 100}, Rows: []Row{r}}).Draw().shapes {
			if s.text == "" && (s.stroke == series[0] || s.fill == series[0]) {
				shapes++
			}
		}
		return shapes
	}
	require.Zero(t, count(Row{Name: "a", Value: math.NaN(), Low: math.NaN(), High: math.NaN(), Text: "no vote"}))
	require.Equal(t, 1, count(Row{Value: 3, Low: math.NaN(), High: math.NaN()}))
	require.Equal(t, 4, count(Row{Value: 3, Low: 1, High: 9}))
	require.Equal(t, 4, count(Row{Value: 3, Low: math.Inf(-1), High: math.Inf(1)}))
	require.Equal(t, 3, count(Row{Value: math.Inf(1), Low: 50, High: math.Inf(1)}))
}

// An SVG turns dark where the reader asks for that: every colour that would be
// lost has a class, and the labels on the coloured squares of a map have none.
func TestDark(t *testing.T) {
	for name, p := range pictures() {
		svg := string(p.SVG())
		require.Contains(t, svg, "@media (prefers-color-scheme:dark)", name)
		for c := range dark {
			for _, what := range []string{"fill", "stroke"} {
				for _, tag := range strings.Split(svg, "<") {
					paints := strings.Contains(tag, " "+what+`="#`+hex(c)+`"`)
					require.True(t, !paints || strings.Contains(tag, `class="`+what+"-"+hex(c)+`"`) || name == "heat" || name == "flat", "%s: %s", name, tag)
				}
			}
		}
	}
	heat := string(pictures()["heat"].SVG())
	require.Contains(t, heat, `text-anchor="middle" fill="#ffffff">1</text>`)
	require.Contains(t, heat, `class="fill-666666" fill="#666666">m</text>`)
}

// Text in the dark stands out from the paper by 4.5 to 1 at least, lines by 3 to
// 1, as WCAG 2.2 asks.
func TestContrast(t *testing.T) {
	night := func(c color.NRGBA) color.NRGBA {
		if d, ok := dark[c]; ok {
			return d
		}
		return c
	}
	for _, c := range []color.NRGBA{ink, muted} {
		require.Greater(t, contrast(c, white), 4.5)
		require.Greater(t, contrast(night(c), night(white)), 4.5)
	}
	for _, c := range series {
		require.Greater(t, contrast(night(c), night(white)), 3.0, "%v", c)
	}
}

// The figures on the squares of a map stand out from every colour of its scale, by
// 4.5 to 1 at least.
func TestContrastOnMaps(t *testing.T) {
	require.InDelta(t, 21.0, contrast(color.NRGBA{A: 255}, white), 1e-9)
	require.InDelta(t, 4.478, contrast(color.NRGBA{0x77, 0x77, 0x77, 255}, white), 1e-3, "as WCAG's own calculators say")
	for i := range 1001 {
		on := Heat{XNames: []string{"a"}, YNames: []string{"b"}, Z: [][]float64{{float64(i)}}, Min: 0, Max: 1000}.Draw()
		require.GreaterOrEqual(t, contrast(onSquare(t, on, Number(float64(i))), shade(float64(i)/1000)), 4.5, "%d of 1000", i)
	}
}

// onSquare is the colour of the text on a map's only square.
func onSquare(t *testing.T, p *Picture, text string) color.NRGBA {
	t.Helper()
	for _, s := range p.shapes {
		if s.text == text && s.fixed {
			return s.fill
		}
	}
	require.Fail(t, "no figure on the square", text)
	return white
}

// inked counts the dots that are not white.
func inked(raw []byte, t *testing.T) (n int) {
	img, err := png.Decode(bytes.NewReader(raw))
	require.NoError(t, err)
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if r, _, _, _ := img.At(x, y).RGBA(); r != 0xffff {
				n++
			}
		}
	}
	return n
}

func TestTextsAreEscaped(t *testing.T) {
	svg := string(lines().Draw().SVG())
	require.Contains(t, svg, "<title>Title &lt;one&gt;</title>")
	require.Contains(t, svg, "a note &amp; more")
}

// A thick line covers its own joints: overlapping parts add up.
func TestStrokeHasNoHoles(t *testing.T) {
	p := &Picture{width: 40, height: 40}
	p.line(color.NRGBA{0, 0, 0, 255}, 8, point{10, 10}, point{30, 30}, point{10, 30}, point{30, 10})
	raw, err := p.PNG()
	require.NoError(t, err)
	img, err := png.Decode(bytes.NewReader(raw))
	require.NoError(t, err)
	for i := 10; i <= 30; i++ {
		r, _, _, _ := img.At(scale*i, scale*i).RGBA()
		require.Zero(t, r, "hole at %d", i)
	}
}

func TestAxes(t *testing.T) {
	for _, c := range []struct {
		axis   Axis
		values []float64
		ticks  []float64
	}{
		{Axis{}, []float64{0, 10}, []float64{0, 2, 4, 6, 8, 10}},
		{Axis{}, []float64{3, 4.9}, []float64{3, 3.5, 4, 4.5, 5}},
		{Axis{Max: 100}, []float64{40, 60}, []float64{0, 20, 40, 60, 80, 100}},
		{Axis{Whole: true}, []float64{0, 2}, []float64{0, 1, 2}},
		{Axis{Log: true}, []float64{1, 1000}, []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000}},
		{Axis{Log: true}, []float64{-5, 0, 1000, 1e8}, []float64{1e3, 1e4, 1e5, 1e6, 1e7, 1e8}},
	} {
		s := c.axis.spread(c.values, 0, 100)
		require.InDeltaSlice(t, c.ticks, s.ticks, 1e-6, "%+v", c)
		for _, v := range s.ticks {
			require.True(t, s.at(v) >= -1e-9 && s.at(v) <= 100+1e-9)
		}
	}
	flat := Axis{}.spread([]float64{5, 5}, 0, 100)
	require.Less(t, flat.low, 5.0)
	require.Greater(t, flat.high, 5.0)
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 1: "1", 0.125: "0.125", 12.34: "12.3", 123.4: "123", 999: "999", 1000: "1k", 316228: "316k",
		1.5e6: "1.5M", 2.1e15: "2100000G", -1500: "-1.5k", 0.000123: "0.000123"} {
		require.Equal(t, want, Number(v))
	}
}

// Lines that lie on each other become one that names both.
func TestMerge(t *testing.T) {
	a := Line{Name: "a", X: []float64{1, 2}, Y: []float64{3, 4}}
	b, c := a, a
	b.Name, c.Name, c.Y = "b", "c", []float64{3, 5}
	got := Merge([]Line{a, c, b})
	require.Len(t, got, 2)
	require.Equal(t, "a = b", got[0].Name)
	require.Equal(t, "a", a.Name)
}

// Colours of the map rise in lightness from end to end, so that it also reads
// in grey.
func TestShadesRise(t *testing.T) {
	last := -1.0
	for i := range 65 {
		c := shade(float64(i) / 64)
		grey := 0.2126*float64(c.R) + 0.7152*float64(c.G) + 0.0722*float64(c.B)
		require.Greater(t, grey, last)
		last = grey
	}
}
