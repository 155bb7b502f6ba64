// Package plot draws the charts of a simulation report: lines with confidence
// bands, intervals in rows, and heat maps.
//
// It guarantees that equal data make equal bytes, as SVG and as PNG, and that
// the two show the same picture. Colours are told apart by people with any
// colour vision (Okabe and Ito 2008; viridis), and lines by their markers too.
// A picture is as wide as a phone shows without shrinking it, its texts have
// room in every font that a reader is likely to have, and an SVG turns dark where
// the reader asks for that.
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
	fixed   bool    // keeps its colour in the dark: it stands on a coloured square
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

// dark are the colours of an SVG where the reader prefers dark pages. Those that
// are not listed stay.
var dark = map[color.NRGBA]color.NRGBA{white: {0x16, 0x18, 0x1d, 255}, ink: {0xe8, 0xe8, 0xe8, 255}, muted: {0xa8, 0xac, 0xb3, 255},
	grid: {0x36, 0x3a, 0x42, 255}, series[0]: {0x2b, 0x95, 0xd8, 255}, series[6]: {0xff, 0xff, 0xff, 255}}

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

// onColour is a label that keeps its colour.
func (p *Picture) onColour(x, y, anchor float64, c color.NRGBA, text string) {
	p.label(x, y, anchor, textSize, c, text)
	p.shapes[len(p.shapes)-1].fixed = true
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

// measure is the width for which a text needs room: that in the Go font, which a
// PNG is drawn with, or that in the widest font a reader of the SVG is likely to
// have, whichever is more.
func measure(text string, size float64, isBold bool) float64 {
	return max(goWidth(text, size, isBold), wideWidth(text, size, isBold))
}

func goWidth(text string, size float64, isBold bool) float64 {
	f := face(size, isBold)
	defer f.Close()
	return float64(font.MeasureString(f, text)) / float64(fixed.I(1))
}

// The advance widths of ' ' to '~' in DejaVu Sans 2.37 and its bold, in
// thousandths of the size. It is what Linux falls back to, and wider than Arial,
// Helvetica, Liberation Sans and Roboto.
var (
	wide = [...]uint16{318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337,
		636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531,
		1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787,
		603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500,
		500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612,
		635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838}
	wideBold = [...]uint16{348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365,
		696, 696, 696, 696, 696, 696, 696, 696, 696, 696, 400, 400, 838, 838, 838, 580,
		1000, 774, 762, 734, 830, 683, 683, 821, 837, 372, 372, 775, 637, 995, 837, 850,
		733, 850, 770, 720, 682, 812, 774, 1103, 771, 724, 725, 457, 365, 457, 838, 500,
		500, 675, 716, 593, 716, 678, 435, 716, 712, 343, 343, 665, 343, 1042, 712, 687,
		716, 716, 493, 595, 478, 712, 652, 924, 645, 652, 582, 712, 365, 712, 838}
)

// wideWidth is the width in DejaVu Sans; of other characters than those above, a
// full square each.
func wideWidth(text string, size float64, isBold bool) float64 {
	table := &wide
	if isBold {
		table = &wideBold
	}
	sum := 0
	for _, c := range text {
		if i := int(c) - ' '; i >= 0 && i < len(table) {
			sum += int(table[i])
		} else {
			sum += 1000
		}
	}
	return float64(sum) * size / 1000
}
