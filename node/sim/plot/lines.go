package plot

import (
	"image/color"
	"math"
	"slices"
)

// Line is one line of a chart and its band: Low and High may be nil. X rises.
type Line struct {
	Name              string
	X, Y, Low, High   []float64
	Style             int  // which colour and marker
	Reference, Unmark bool // a thin grey line; without markers
}

// Lines is a chart of lines with confidence bands.
type Lines struct {
	Title, Note string
	X, Y        Axis
	Legend      string // what the names of the lines are values of
	Lines       []Line
}

// The measures of a chart, in pixels.
const (
	chartWidth  = 720
	plotHeight  = 300
	titleSize   = 15
	textSize    = 12
	lineHeight  = 17
	leftMargin  = 58
	rightMargin = 20
)

// Draw makes the picture.
func (c Lines) Draw() *Picture {
	p := &Picture{width: chartWidth, title: c.Title}
	top := p.head(c.Title, c.Note)
	top = c.legend(p, top) + 22
	p.label(8, top, 0, textSize, muted, c.Y.Label)
	top += 12
	var xs, ys []float64
	for _, l := range c.Lines {
		xs = append(xs, l.X...)
		ys = append(append(append(ys, l.Y...), l.Low...), l.High...)
	}
	x := c.X.spread(xs, leftMargin, chartWidth-rightMargin)
	y := c.Y.spread(ys, top+plotHeight, top)
	if !c.X.Log {
		x.tighten(xs)
	}
	p.frame(x, y)
	for _, l := range c.Lines {
		l.band(p, x, y)
	}
	for _, l := range c.Lines {
		l.draw(p, x, y)
	}
	p.label((x.from+x.to)/2, y.from+38, 0.5, textSize, muted, c.X.Label)
	p.height = y.from + 50
	return p
}

// head writes title and note and returns where the rest may begin.
func (p *Picture) head(title, note string) float64 {
	y := 10.0
	for _, line := range wrap(title, titleSize, true, chartWidth-16) {
		y += lineHeight
		p.heading(8, y, titleSize, line)
	}
	for _, line := range wrap(note, textSize, false, chartWidth-16) {
		y += lineHeight
		p.label(8, y, 0, textSize, muted, line)
	}
	return y
}

// legend names the lines, in as many rows as they need.
func (c Lines) legend(p *Picture, y float64) float64 {
	if len(c.Lines) < 2 && c.Legend == "" {
		return y
	}
	y += lineHeight + 3
	x := 8.0
	if c.Legend != "" {
		p.label(x, y, 0, textSize, muted, c.Legend+":")
		x += measure(c.Legend+":", textSize, false) + 12
	}
	for _, l := range c.Lines {
		w := 34 + measure(l.Name, textSize, false)
		if x+w > chartWidth-8 && x > 8 {
			x, y = 8, y+lineHeight
		}
		l.key(p, x, y-4)
		p.label(x+26, y, 0, textSize, ink, l.Name)
		x += w + 10
	}
	return y
}

func (l Line) key(p *Picture, x, y float64) {
	if l.Reference {
		p.line(muted, 1, point{x, y}, point{x + 20, y})
		return
	}
	c := l.colour()
	p.line(c, 2, point{x, y}, point{x + 20, y})
	if !l.Unmark {
		p.marker(l.Style, c, point{x + 10, y})
	}
}

func (l Line) colour() color.NRGBA { return series[l.Style%len(series)] }

// Merge makes lines one that lie on each other, and names them all.
func Merge(lines []Line) []Line {
	var out []Line
	for _, l := range lines {
		i := slices.IndexFunc(out, func(o Line) bool {
			return !o.Reference && !l.Reference && slices.Equal(o.X, l.X) && slices.Equal(o.Y, l.Y) &&
				slices.Equal(o.Low, l.Low) && slices.Equal(o.High, l.High)
		})
		if i < 0 {
			out = append(out, l)
		} else {
			out[i].Name += " = " + l.Name
		}
	}
	return out
}

// tighten ends a linear axis at the data, where ticks would leave it empty.
func (s *scaled) tighten(values []float64) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		low, high = min(low, v), max(high, v)
	}
	if low >= high {
		return
	}
	pad := (high - low) * 0.02
	s.low, s.high = low-pad, high+pad
	var inside []float64
	for _, t := range s.ticks {
		if t >= s.low && t <= s.high {
			inside = append(inside, t)
		}
	}
	s.ticks = inside
}

// frame draws the grid, the ticks and their numbers.
func (p *Picture) frame(x, y scaled) {
	for _, t := range y.ticks {
		p.line(grid, 1, point{x.from, y.at(t)}, point{x.to, y.at(t)})
		p.label(x.from-7, y.at(t)+4, 1, textSize, ink, Number(t))
	}
	p.line(muted, 1, point{x.from, y.from}, point{x.to, y.from})
	p.xTicks(x, y.from)
}

// xTicks writes the numbers below an axis, leaving out those without room.
func (p *Picture) xTicks(x scaled, bottom float64) {
	end := math.Inf(-1)
	for _, t := range x.ticks {
		at, text := x.at(t), Number(t)
		p.line(muted, 1, point{at, bottom}, point{at, bottom + 4})
		half := measure(text, textSize, false) / 2
		if at-half < end+6 {
			continue
		}
		p.label(at, bottom+18, 0.5, textSize, ink, text)
		end = at + half
	}
}

// band fills what lies between Low and High.
func (l Line) band(p *Picture, x, y scaled) {
	if len(l.Low) == 0 || len(l.X) < 2 {
		return
	}
	var up, down []point
	for k := range l.X {
		if math.IsNaN(l.Low[k]) || math.IsNaN(l.High[k]) {
			continue
		}
		up = append(up, point{x.at(l.X[k]), y.at(l.High[k])})
		down = append(down, point{x.at(l.X[k]), y.at(l.Low[k])})
	}
	for k := len(down) - 1; k >= 0; k-- {
		up = append(up, down[k])
	}
	if len(up) > 2 {
		p.area(faded(l.colour(), 40), up...)
	}
}

func (l Line) draw(p *Picture, x, y scaled) {
	var points []point
	for k := range l.X {
		if !math.IsNaN(l.Y[k]) {
			points = append(points, point{x.at(l.X[k]), y.at(l.Y[k])})
		}
	}
	if l.Reference {
		p.line(muted, 1, points...)
		return
	}
	c := l.colour()
	if len(points) > 1 {
		p.line(c, 2, points...)
	}
	if len(l.X) == 1 && len(l.Low) == 1 {
		p.line(c, 1.5, point{points[0].x, y.at(l.Low[0])}, point{points[0].x, y.at(l.High[0])})
	}
	if l.Unmark {
		return
	}
	for _, q := range points {
		p.marker(l.Style, c, q)
	}
}
