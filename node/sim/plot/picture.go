// Package plot draws the charts of a simulation report: lines with confidence
// bands, intervals in rows, and heat maps.
//
// It guarantees that equal data make equal bytes, as SVG and as PNG, and that
// the two show the same picture. Colours are told apart by people with any
// colour vision (Okabe and Ito 2008; viridis), and lines by their markers too.
// It refuses to know what the numbers mean, files, and the clock.
package plot

import (
	"image/color"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// Picture is a finished chart. Its unit is one CSS pixel, y grows downwards.
type Picture struct {
	width, height float64
	title         string // for readers who cannot see it
	shapes        []shape
}

type point struct{ x, y float64 }

// shape is one thing to draw, in this order: a filled outline, or a line, or a
// text.
type shape struct {
	points  []point
	fill    color.NRGBA // alpha 0: none
	stroke  color.NRGBA
	width   float64 // of the stroke
	text    string
	size    float64
	bold    bool
	anchor  float64 // 0: the text starts at its point, 0.5: centred, 1: ends there
	outline bool    // closed
}

// Okabe and Ito's colours in an order in which neighbours differ most, without
// yellow, which is hardly seen on white.
var series = []color.NRGBA{{0x00, 0x72, 0xb2, 255}, {0xd5, 0x5e, 0x00, 255}, {0x00, 0x9e, 0x73, 255},
	{0xcc, 0x79, 0xa7, 255}, {0x56, 0xb4, 0xe9, 255}, {0xe6, 0x9f, 0x00, 255}, {0x00, 0x00, 0x00, 255}, {0x88, 0x88, 0x88, 255}}

var (
	white = color.NRGBA{255, 255, 255, 255}
	ink   = color.NRGBA{0x22, 0x22, 0x22, 255}
	muted = color.NRGBA{0x66, 0x66, 0x66, 255}
	grid  = color.NRGBA{0xe4, 0xe4, 0xe4, 255}
)

func faded(c color.NRGBA, alpha uint8) color.NRGBA { c.A = alpha; return c }

func (p *Picture) line(c color.NRGBA, width float64, points ...point) {
	p.shapes = append(p.shapes, shape{points: points, stroke: c, width: width})
}

func (p *Picture) area(fill color.NRGBA, points ...point) {
	p.shapes = append(p.shapes, shape{points: points, fill: fill, outline: true})
}

func (p *Picture) rect(fill color.NRGBA, x, y, w, h float64) {
	p.area(fill, point{x, y}, point{x + w, y}, point{x + w, y + h}, point{x, y + h})
}

// label writes text whose baseline is at y.
func (p *Picture) label(x, y, anchor, size float64, c color.NRGBA, text string) {
	p.shapes = append(p.shapes, shape{points: []point{{x, y}}, fill: c, text: text, size: size, anchor: anchor})
}

func (p *Picture) heading(x, y, size float64, text string) {
	p.shapes = append(p.shapes, shape{points: []point{{x, y}}, fill: ink, text: text, size: size, bold: true})
}

// marker draws the n-th kind of marker around a point.
func (p *Picture) marker(n int, c color.NRGBA, at point) {
	const r = 3.6
	corners := [][]point{
		{{-.92, -.38}, {-.38, -.92}, {.38, -.92}, {.92, -.38}, {.92, .38}, {.38, .92}, {-.38, .92}, {-.92, .38}}, // dot
		{{-.85, -.85}, {.85, -.85}, {.85, .85}, {-.85, .85}},                                                     // square
		{{0, -1.1}, {1.05, .8}, {-1.05, .8}},                                                                     // triangle
		{{0, -1.2}, {1.2, 0}, {0, 1.2}, {-1.2, 0}},                                                               // diamond
		{{0, 1.1}, {-1.05, -.8}, {1.05, -.8}},                                                                    // triangle down
	}
	var points []point
	for _, q := range corners[n%len(corners)] {
		points = append(points, point{at.x + r*q.x, at.y + r*q.y})
	}
	p.area(c, points...)
}

var (
	regular = parse(goregular.TTF)
	bold    = parse(gobold.TTF)
)

// parse reads a font that is part of this program.
func parse(ttf []byte) *opentype.Font {
	f, err := opentype.Parse(ttf)
	if err != nil {
		panic("plot: font: " + err.Error())
	}
	return f
}

func face(size float64, isBold bool) font.Face {
	f := regular
	if isBold {
		f = bold
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		panic("plot: face: " + err.Error())
	}
	return face
}

// measure is the width of a text in the Go font, which is about that of a
// browser's sans-serif and rather wider.
func measure(text string, size float64, isBold bool) float64 {
	f := face(size, isBold)
	defer f.Close()
	return float64(font.MeasureString(f, text)) / float64(fixed.I(1))
}
