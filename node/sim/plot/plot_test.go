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
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				break
			} else {
				require.NoError(t, err, name)
			}
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
