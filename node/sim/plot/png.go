package plot

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// scale is how many dots a PNG has for one pixel of the picture.
const scale = 3

// PNG returns the picture as a PNG of three times its size.
func (p *Picture) PNG() ([]byte, error) {
	img := image.NewRGBA(image.Rect(0, 0, int(math.Ceil(p.width*scale)), int(math.Ceil(p.height*scale))))
	draw.Draw(img, img.Bounds(), image.NewUniform(white), image.Point{}, draw.Src)
	for _, s := range p.shapes {
		s.raster(img)
	}
	var out bytes.Buffer
	err := png.Encode(&out, img)
	return out.Bytes(), err
}

func (s *shape) raster(img *image.RGBA) {
	if s.text != "" {
		s.letter(img)
		return
	}
	box := s.box().Intersect(img.Bounds())
	if box.Empty() {
		return
	}
	z := pen{vector.NewRasterizer(box.Dx(), box.Dy()), point{float64(box.Min.X), float64(box.Min.Y)}}
	c := s.fill
	if s.outline {
		z.outline(s.points)
	} else {
		c = s.stroke
		z.stroke(s.points, s.width/2)
	}
	z.Draw(img, box, image.NewUniform(c), image.Point{})
}

// box holds every dot that the shape may touch.
func (s *shape) box() image.Rectangle {
	low, high := s.points[0], s.points[0]
	for _, q := range s.points {
		low.x, low.y = min(low.x, q.x), min(low.y, q.y)
		high.x, high.y = max(high.x, q.x), max(high.y, q.y)
	}
	reach := s.width + 1
	return image.Rect(int(scale*(low.x-reach)), int(scale*(low.y-reach)), int(scale*(high.x+reach))+1, int(scale*(high.y+reach))+1)
}

// pen draws in a part of the image that begins at a dot.
type pen struct {
	*vector.Rasterizer
	from point
}

func (z pen) outline(points []point) {
	for i, q := range points {
		x, y := float32(q.x*scale-z.from.x), float32(q.y*scale-z.from.y)
		if i == 0 {
			z.MoveTo(x, y)
		} else {
			z.LineTo(x, y)
		}
	}
	z.ClosePath()
}

// stroke outlines a line of round ends and joins. All parts turn the same way,
// so that overlaps add up instead of cutting holes.
func (z pen) stroke(points []point, half float64) {
	for i, a := range points {
		const corners = 12
		var ring []point
		for k := range corners {
			sin, cos := math.Sincos(2 * math.Pi * float64(k) / corners)
			ring = append(ring, point{a.x + half*cos, a.y + half*sin})
		}
		z.outline(ring)
		if i == 0 {
			continue
		}
		b := points[i-1]
		length := math.Hypot(a.x-b.x, a.y-b.y)
		if length == 0 {
			continue
		}
		nx, ny := -(a.y-b.y)/length*half, (a.x-b.x)/length*half
		z.outline([]point{{b.x - nx, b.y - ny}, {a.x - nx, a.y - ny}, {a.x + nx, a.y + ny}, {b.x + nx, b.y + ny}})
	}
}

func (s *shape) letter(img *image.RGBA) {
	f := face(s.size*scale, s.bold)
	defer f.Close()
	d := font.Drawer{Dst: img, Src: image.NewUniform(color.Color(s.fill)), Face: f}
	width := float64(d.MeasureString(s.text)) / float64(fixed.I(1))
	at := s.points[0]
	d.Dot = fixed.Point26_6{X: fixed.Int26_6(64 * (at.x*scale - s.anchor*width)), Y: fixed.Int26_6(64 * at.y * scale)}
	d.DrawString(s.text)
}
