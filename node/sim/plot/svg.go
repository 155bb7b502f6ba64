package plot

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/color"
	"slices"
	"strconv"
	"strings"
)

// SVG returns the picture as an SVG document, which may also stand inside HTML.
func (p *Picture) SVG() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %s %s" role="img" font-family="'Go', 'Helvetica Neue', Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif">`,
		num(p.width), num(p.height), num(p.width), num(p.height))
	fmt.Fprintf(&b, "\n<title>%s</title>\n%s", escaped(p.title), darkStyle)
	fmt.Fprintf(&b, "<rect width=\"%s\" height=\"%s\"%s/>\n", num(p.width), num(p.height), paint("fill", white, false))
	for _, s := range p.shapes {
		s.svg(&b)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func (s *shape) svg(b *bytes.Buffer) {
	if s.text != "" {
		anchor := [...]string{"", ` text-anchor="middle"`, ` text-anchor="end"`}[int(2*s.anchor)]
		weight := ""
		if s.bold {
			weight = ` font-weight="bold"`
		}
		fmt.Fprintf(b, "<text x=\"%s\" y=\"%s\" font-size=\"%s\"%s%s%s>%s</text>\n", num(s.points[0].x), num(s.points[0].y),
			num(s.size), anchor, weight, paint("fill", s.fill, s.fixed), escaped(s.text))
		return
	}
	var d strings.Builder
	for i, q := range s.points {
		d.WriteString(map[bool]string{true: "M", false: "L"}[i == 0])
		d.WriteString(num(q.x) + " " + num(q.y))
	}
	if s.outline {
		fmt.Fprintf(b, "<path d=\"%sZ\"%s/>\n", d.String(), paint("fill", s.fill, s.fixed))
		return
	}
	fmt.Fprintf(b, "<path d=\"%s\" fill=\"none\"%s stroke-width=\"%s\" stroke-linejoin=\"round\" stroke-linecap=\"round\"/>\n",
		d.String(), paint("stroke", s.stroke, s.fixed), num(s.width))
}

// darkStyle gives each colour that turns dark a class for what it fills and one
// for what it strokes, by its own digits: several pictures may stand in one page.
var darkStyle = func() string {
	var rules []string
	for from, to := range dark {
		for _, what := range []string{"fill", "stroke"} {
			rules = append(rules, fmt.Sprintf(".%s-%s{%s:#%s}", what, hex(from), what, hex(to)))
		}
	}
	slices.Sort(rules)
	return "<style>@media (prefers-color-scheme:dark){" + strings.Join(rules, "") + "}</style>\n"
}()

func hex(c color.NRGBA) string { return fmt.Sprintf("%02x%02x%02x", c.R, c.G, c.B) }

// paint spells a colour, for every renderer, and its class for the dark.
func paint(what string, c color.NRGBA, fixed bool) string {
	out := fmt.Sprintf(` %s="#%s"`, what, hex(c))
	solid := c
	solid.A = 255
	if _, ok := dark[solid]; ok && !fixed {
		out = fmt.Sprintf(` class="%s-%s"`, what, hex(c)) + out
	}
	if c.A != 255 {
		out += fmt.Sprintf(` %s-opacity="%s"`, what, num(float64(c.A)/255))
	}
	return out
}

// num spells a coordinate to a hundredth of a pixel: finer bits are not seen
// and would differ between machines.
func num(v float64) string {
	s := strconv.FormatFloat(v, 'f', 2, 64)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" {
		return "0"
	}
	return s
}

func escaped(s string) string {
	var b bytes.Buffer
	// A bytes.Buffer takes everything.
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}
