package plot

import (
	"image/color"
	"math"
	"slices"
)

// Line is one line of a chart and its band. X rises. Where Y is NaN nothing was
// measured and the line has a gap, where Low is there is no band; Low and High
// may be nil.
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
	chartWidth  = 400 // what a phone shows at nearly its full size
	plotHeight  = 230
	titleSize   = 15
	textSize    = 12
	lineHeight  = 17
	leftMargin  = 48
	rightMargin = 16
)

// Draw makes the picture.
func (c Lines) Draw() *Picture {
	p := &Picture{width: chartWidth, title: c.Title}
	top := p.head(c.Title, c.Note)
	top = c.legend(p, top) + 22
	for i, line := range wrap(c.Y.Label, textSize, false, chartWidth-16) {
		top += lineHeight * float64(min(i, 1))
		p.label(8, top, 0, textSize, muted, line)
	}
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
	p.height = p.below(c.X.Label, (x.from+x.to)/2, y.from+38) + 12
	return p
}

// below writes the label of an axis, centred where there is room, and returns
// where it ends.
func (p *Picture) below(label string, centre, y float64) float64 {
	for i, line := range wrap(label, textSize, false, chartWidth-16) {
		y += lineHeight * float64(min(i, 1))
		half := measure(line, textSize, false) / 2
		p.label(max(8+half, min(centre, chartWidth-8-half)), y, 0.5, textSize, muted, line)
	}
	return y
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
	y += 3
	if c.Legend != "" {
		for _, line := range wrap(c.Legend+":", textSize, false, chartWidth-16) {
			y += lineHeight
			p.label(8, y, 0, textSize, muted, line)
		}
	}
	y += lineHeight
	x := 8.0
	for _, l := range c.Lines {
		names := wrap(l.Name, textSize, false, chartWidth-16-keyWidth)
		w := keyWidth
		for _, name := range names {
			w = max(w, keyWidth+measure(name, textSize, false))
		}
		if x+w > chartWidth-8 && x > 8 {
			x, y = 8, y+lineHeight
		}
		l.key(p, x, y-4)
		for i, name := range names {
			y += lineHeight * float64(min(i, 1))
			p.label(x+keyWidth, y, 0, textSize, ink, name)
		}
		x += w + 16
	}
	return y
}

// keyWidth is what a line and its marker take before a name of the legend.
const keyWidth = 26.0

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

// same tells whether two lists of values are the same, gaps included.
func same(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return x == y || math.IsNaN(x) && math.IsNaN(y) })
}

// Merge makes lines one that lie on each other, and names them all.
func Merge(lines []Line) []Line {
	var out []Line
	for _, l := range lines {
		i := slices.IndexFunc(out, func(o Line) bool {
			return !o.Reference && !l.Reference && same(o.X, l.X) && same(o.Y, l.Y) && same(o.Low, l.Low) && same(o.High, l.High)
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

// pieces are the longest runs of a line's indices at which values are there.
func pieces(values []float64) (out [][2]int) {
	start := -1
	for k := 0; k <= len(values); k++ {
		there := k < len(values) && !math.IsNaN(values[k])
		switch {
		case there && start < 0:
			start = k
		case !there && start >= 0:
			out, start = append(out, [2]int{start, k}), -1
		}
	}
	return out
}

// band fills what lies between Low and High; where they stand alone it draws a
// bar.
func (l Line) band(p *Picture, x, y scaled) {
	for _, piece := range pieces(l.Low) {
		var up, down []point
		for k := piece[0]; k < piece[1]; k++ {
			up = append(up, point{x.at(l.X[k]), y.at(l.High[k])})
			down = append(down, point{x.at(l.X[k]), y.at(l.Low[k])})
		}
		if len(up) == 1 {
			p.line(l.colour(), 1.5, up[0], down[0])
			continue
		}
		slices.Reverse(down)
		p.area(faded(l.colour(), 40), append(up, down...)...)
	}
}

func (l Line) draw(p *Picture, x, y scaled) {
	c := l.colour()
	for _, piece := range pieces(l.Y) {
		var points []point
		for k := piece[0]; k < piece[1]; k++ {
			points = append(points, point{x.at(l.X[k]), y.at(l.Y[k])})
		}
		switch {
		case l.Reference:
			p.line(muted, 1, points...)
			continue
		case len(points) > 1:
			p.line(c, 2, points...)
		}
		if !l.Unmark || len(points) == 1 {
			for _, q := range points {
				p.marker(l.Style, c, q)
			}
		}
	}
}
