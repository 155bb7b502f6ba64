package plot

import (
	"image/color"
	"math"
	"strings"
)

// Row is one value with its interval. An infinite value is beyond everything
// that was measured; NaN was not measured, or has no interval.
type Row struct {
	Name             string
	Value, Low, High float64
	Text             string // written beside it
}

// Rows is a chart of values with their intervals, one below the other.
type Rows struct {
	Title, Note string
	X           Axis
	Rows        []Row
}

// Draw makes the picture. Each row has its name and text above its interval.
func (c Rows) Draw() *Picture {
	p := &Picture{width: chartWidth, title: c.Title}
	top := p.head(c.Title, c.Note) + 8
	var values []float64
	for _, r := range c.Rows {
		values = append(values, r.Value, r.Low, r.High)
	}
	const row, inset = 38, 24
	bottom := top + row*float64(len(c.Rows)) + 4
	x := c.X.spread(values, inset, chartWidth-inset)
	for i, r := range c.Rows {
		r.draw(p, x, top+row*float64(i))
	}
	p.line(muted, 1, point{x.from, bottom}, point{x.to, bottom})
	p.xTicks(x, bottom)
	p.height = p.below(c.X.Label, (x.from+x.to)/2, bottom+38) + 12
	return p
}

func (r Row) draw(p *Picture, x scaled, top float64) {
	const gap = 10
	room := chartWidth - 16 - measure(r.Text, textSize, false) - gap
	p.label(8, top+15, 0, textSize, ink, clip(r.Name, room))
	p.label(chartWidth-8, top+15, 1, textSize, ink, r.Text)
	y := top + 27
	for _, t := range x.ticks {
		p.line(grid, 1, point{x.at(t), y - 7}, point{x.at(t), y + 7})
	}
	c := series[0]
	if !math.IsNaN(r.Low) {
		p.line(c, 2, point{x.end(r.Low), y}, point{x.end(r.High), y})
		p.ending(c, x, r.Low, y, -1)
		p.ending(c, x, r.High, y, 1)
	}
	if !math.IsInf(r.Value, 0) && !math.IsNaN(r.Value) {
		p.marker(0, c, point{x.at(r.Value), y})
	}
}

// end is the pixel of a value; infinite ones lie at the ends of the axis.
func (s *scaled) end(v float64) float64 {
	switch {
	case math.IsInf(v, 1):
		return s.to
	case math.IsInf(v, -1):
		return s.from
	}
	return s.at(v)
}

// ending closes an interval on a side, 1 or -1: with an arrow where it goes on.
func (p *Picture) ending(c color.NRGBA, x scaled, v, y, side float64) {
	at := x.end(v)
	if math.IsInf(v, 0) {
		p.line(c, 2, point{at - 6*side, y - 5}, point{at, y}, point{at - 6*side, y + 5})
		return
	}
	p.line(c, 2, point{at, y - 4}, point{at, y + 4})
}

// clip shortens a text to a width.
func clip(text string, width float64) string {
	if measure(text, textSize, false) <= width+1 {
		return text
	}
	runes := []rune(text)
	for len(runes) > 1 && measure(string(runes)+"...", textSize, false) > width {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "..."
}

// wrap breaks a text into lines of a width, at blanks.
func wrap(text string, size float64, isBold bool, width float64) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && measure(longer, size, isBold) > width {
			lines = append(lines, line)
			longer = word
		}
		line = longer
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
