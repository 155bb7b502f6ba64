package plot

import (
	"math"
	"strings"
)

// Row is one value with its interval. An infinite value is beyond everything
// that was measured.
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

// Draw makes the picture.
func (c Rows) Draw() *Picture {
	p := &Picture{width: chartWidth, title: c.Title}
	top := p.head(c.Title, c.Note) + 12
	names, texts := 0.0, 0.0
	var values []float64
	for _, r := range c.Rows {
		names = max(names, measure(r.Name, textSize, false))
		texts = max(texts, measure(r.Text, textSize, false))
		values = append(values, r.Value, r.Low, r.High)
	}
	names = min(names, chartWidth/2)
	const row = 26
	bottom := top + row*float64(len(c.Rows)) + 6
	x := c.X.spread(values, names+24, chartWidth-texts-28)
	for _, t := range x.ticks {
		p.line(grid, 1, point{x.at(t), top}, point{x.at(t), bottom})
	}
	p.line(muted, 1, point{x.from, bottom}, point{x.to, bottom})
	p.xTicks(x, bottom)
	for i, r := range c.Rows {
		y := top + row*(float64(i)+0.5) + 3
		p.label(8, y+4, 0, textSize, ink, clip(r.Name, names))
		p.label(chartWidth-8, y+4, 1, textSize, ink, r.Text)
		r.draw(p, x, y)
	}
	p.label((x.from+x.to)/2, bottom+38, 0.5, textSize, muted, c.X.Label)
	p.height = bottom + 50
	return p
}

func (r Row) draw(p *Picture, x scaled, y float64) {
	c := series[0]
	at := func(v float64) float64 {
		if math.IsInf(v, 1) {
			return x.to
		}
		return x.at(v)
	}
	low, high := at(r.Low), at(r.High)
	p.line(c, 2, point{low, y}, point{high, y})
	p.line(c, 2, point{low, y - 4}, point{low, y + 4})
	if math.IsInf(r.High, 1) { // goes on
		p.line(c, 2, point{x.to - 6, y - 5}, point{x.to, y}, point{x.to - 6, y + 5})
	} else {
		p.line(c, 2, point{high, y - 4}, point{high, y + 4})
	}
	if !math.IsInf(r.Value, 0) {
		p.marker(0, c, point{at(r.Value), y})
	}
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
