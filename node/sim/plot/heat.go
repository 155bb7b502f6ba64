package plot

import (
	"image/color"
	"math"
)

// Heat is a map of one measure over two parameters.
type Heat struct {
	Title, Note    string
	X, Y           string      // what the parameters are, with their units
	XNames, YNames []string    // their values, in order
	Z              [][]float64 // by y, then x; NaN where nothing was measured
	Measure        string      // what is shown, with its unit
	Min, Max       float64     // range of the colours; the data's, if Max is not above Min
}

// viridis at nine even steps (van der Walt and Smith 2015).
var viridis = []color.NRGBA{{0x44, 0x01, 0x54, 255}, {0x47, 0x2d, 0x7b, 255}, {0x3b, 0x52, 0x8b, 255}, {0x2c, 0x72, 0x8e, 255},
	{0x21, 0x91, 0x8c, 255}, {0x28, 0xae, 0x80, 255}, {0x5e, 0xc9, 0x62, 255}, {0xad, 0xdc, 0x30, 255}, {0xfd, 0xe7, 0x25, 255}}

// shade is the colour of a part from 0 to 1.
func shade(part float64) color.NRGBA {
	at := max(0, min(part, 1)) * float64(len(viridis)-1)
	i := min(int(at), len(viridis)-2)
	a, b, f := viridis[i], viridis[i+1], at-float64(i)
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + f*(float64(b)-float64(a)))) }
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// Draw makes the picture.
func (c Heat) Draw() *Picture {
	p := &Picture{width: chartWidth, title: c.Title}
	top := p.head(c.Title, c.Note) + lineHeight + 2
	for i, line := range wrap(c.Measure, textSize, false, chartWidth-16) {
		top += lineHeight * float64(min(i, 1))
		p.label(chartWidth-8, top, 1, textSize, muted, line)
	}
	top += lineHeight
	p.label(8, top, 0, textSize, muted, clip(c.Y, chartWidth-16))
	top += 8
	low, high := c.span()
	names := 0.0
	for _, n := range c.YNames {
		names = max(names, measure(n, textSize, false))
	}
	left := min(names, chartWidth/3) + 18
	const scaleRoom = 66
	w := (chartWidth - left - scaleRoom) / float64(len(c.XNames))
	h := max(22, min(46, 320/float64(len(c.YNames))))
	for j := range c.YNames {
		y := top + h*float64(len(c.YNames)-1-j) // the greatest on top
		p.label(left-7, y+h/2+4, 1, textSize, ink, clip(c.YNames[j], left-14))
		for i := range c.XNames {
			c.square(p, c.Z[j][i], low, high, left+w*float64(i), y, w, h)
		}
	}
	bottom := top + h*float64(len(c.YNames))
	p.columnNames(c.XNames, left, w, bottom)
	p.height = p.below(c.X, left+w*float64(len(c.XNames))/2, bottom+38) + 12
	p.colourScale(low, high, chartWidth-scaleRoom+8, top, bottom-top)
	return p
}

func (c Heat) span() (low, high float64) {
	if c.Max > c.Min {
		return c.Min, c.Max
	}
	low, high = math.Inf(1), math.Inf(-1)
	for _, row := range c.Z {
		for _, v := range row {
			if !math.IsNaN(v) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if low > high {
		return 0, 1
	}
	if low == high {
		high = low + 1
	}
	return low, high
}

func (c Heat) square(p *Picture, v, low, high, x, y, w, h float64) {
	if math.IsNaN(v) {
		p.rect(grid, x+0.5, y+0.5, w-1, h-1)
		return
	}
	part := (v - low) / (high - low)
	p.rect(shade(part), x+0.5, y+0.5, w-1, h-1)
	text := Number(v)
	if measure(text, textSize, false) > w-6 {
		return
	}
	p.onColour(x+w/2, y+h/2+4, 0.5, textOn(shade(part)), text)
}

// textOn is white or black, whichever stands out more from a colour: one of them
// does by 4.58 to 1 at least from any.
func textOn(c color.NRGBA) color.NRGBA {
	if black := (color.NRGBA{A: 255}); contrast(black, c) > contrast(white, c) {
		return black
	}
	return white
}

// contrast is that of WCAG 2.2, from 1 to 21.
func contrast(a, b color.NRGBA) float64 {
	return (max(luminance(a), luminance(b)) + 0.05) / (min(luminance(a), luminance(b)) + 0.05)
}

// luminance is WCAG's relative luminance, from 0 for black to 1 for white.
func luminance(c color.NRGBA) float64 {
	linear := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// columnNames writes the values below the map, leaving out those without room.
func (p *Picture) columnNames(names []string, left, w, bottom float64) {
	end := math.Inf(-1)
	for i, name := range names {
		name = clip(name, max(w*1.5, 60))
		at, half := left+w*(float64(i)+0.5), measure(name, textSize, false)/2
		if at-half < end+3 {
			continue
		}
		p.label(at, bottom+18, 0.5, textSize, ink, name)
		end = at + half
	}
}

// colourScale draws the key of the colours.
func (p *Picture) colourScale(low, high, x, top, height float64) {
	const steps, width = 32, 16
	for i := range steps {
		part := (float64(i) + 0.5) / steps
		p.rect(shade(part), x, top+height*(1-float64(i+1)/steps), width, height/steps+0.4)
	}
	for _, part := range []float64{0, 0.5, 1} {
		p.label(x+width+6, top+height*(1-part)+4*(2*part-1)+2, 0, textSize, ink, Number(low+part*(high-low)))
	}
}
