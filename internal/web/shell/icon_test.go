package shell

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"strings"
	"testing"
)

// A line of the mark in a square of 24: four strands that hold each other, a
// mesh of a net; where one passes below another it is cut.
type strand struct{ x1, y1, x2, y2 float64 }

const (
	spread = 3.3  // of two strands from the middle
	reach  = 7.4  // to a strand's end
	cut    = 2.45 // from a crossing to the end of what passes below it
	stroke = 2.0
	corner = 5.4
)

func mark() (all []strand) {
	const h = math.Sqrt2 / 2
	for _, side := range []float64{-1, 1} {
		for _, parts := range [][2]float64{{-reach, -side*spread - cut}, {-side*spread + cut, reach}} { // one way
			all = append(all, strand{12 + h*(parts[0]+side*spread), 12 + h*(parts[0]-side*spread), 12 + h*(parts[1]+side*spread), 12 + h*(parts[1]-side*spread)})
		}
		for _, parts := range [][2]float64{{-reach, side*spread - cut}, {side*spread + cut, reach}} { // and across
			all = append(all, strand{12 + h*(parts[0]+side*spread), 12 + h*(side*spread-parts[0]), 12 + h*(parts[1]+side*spread), 12 + h*(side*spread-parts[1])})
		}
	}
	return all
}

// far is the distance of a point from a strand.
func (s strand) far(x, y float64) float64 {
	dx, dy := s.x2-s.x1, s.y2-s.y1
	t := max(0, min(1, ((x-s.x1)*dx+(y-s.y1)*dy)/(dx*dx+dy*dy)))
	return math.Hypot(x-s.x1-t*dx, y-s.y1-t*dy)
}

// draw paints the mark: a mask fills its square to the edge, for a device that
// cuts its own shape out (the middle four fifths of it always show).
func draw(side int, mask bool) *image.NRGBA {
	m, unit, shrink, strands := image.NewNRGBA(image.Rect(0, 0, side, side)), 24/float64(side), 1.0, mark()
	if mask {
		shrink = 1.2
	}
	ground, ink := [3]float64{0x0b, 0x55, 0x63}, [3]float64{255, 255, 255}
	cover := func(d float64) float64 { return max(0, min(1, .5-d/unit)) }
	for py := range side {
		for px := range side {
			x, y := (float64(px)+.5)*unit, (float64(py)+.5)*unit
			qx, qy := math.Abs(x-12)-12+corner, math.Abs(y-12)-12+corner
			tile := math.Hypot(max(qx, 0), max(qy, 0)) + min(max(qx, qy), 0) - corner
			near := math.Inf(1)
			for _, s := range strands {
				near = min(near, s.far(12+(x-12)*shrink, 12+(y-12)*shrink)/shrink)
			}
			line, alpha := cover(near-stroke/2/shrink), cover(tile)
			if mask {
				alpha = 1
			}
			var c [3]uint8
			for i := range c {
				c[i] = uint8(math.Round(ground[i] + (ink[i]-ground[i])*line))
			}
			m.SetNRGBA(px, py, color.NRGBA{c[0], c[1], c[2], uint8(math.Round(alpha * 255))})
		}
	}
	return m
}

// path is the same as SVG.
func outline() string {
	var b strings.Builder
	for _, s := range mark() {
		fmt.Fprintf(&b, "M%.2f %.2fL%.2f %.2f", s.x1, s.y1, s.x2, s.y2)
	}
	return b.String()
}

// The icons are drawn by the lines above: NETID_DRAW=1 go test -run Icons.
func TestIconsAreOfOneDrawing(t *testing.T) {
	svg := []byte(fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="%.1f" fill="#0b5563"/><path d="%s" fill="none" stroke="#fff" stroke-width="%.0f" stroke-linecap="round"/></svg>`+"\n", corner, outline(), stroke))
	files := map[string][]byte{"assets/icon.svg": svg}
	for name, icon := range map[string]*image.NRGBA{"icon-180": draw(180, true), "icon-192": draw(192, false), "icon-512": draw(512, false), "icon-mask": draw(512, true)} {
		var b bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, icon); err != nil {
			t.Fatal(err)
		}
		files["assets/"+name+".png"] = b.Bytes()
	}
	for name, want := range files {
		if os.Getenv("NETID_DRAW") != "" {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := assets.ReadFile(name); err != nil || !same(name, got, want) {
			t.Errorf("%s is not what is drawn here (%v)", name, err)
		}
	}
	if layout, err := templates.ReadFile("templates/layout.html"); err != nil || !strings.Contains(string(layout), `<path d="`+outline()+`"`) {
		t.Errorf("the mark in the frame is another: %v; it is %s", err, outline())
	}
}

// same compares pictures by their pixels: how they are packed is the encoder's.
func same(name string, got, want []byte) bool {
	if strings.HasSuffix(name, ".svg") {
		return bytes.Equal(got, want)
	}
	a, errA := png.Decode(bytes.NewReader(got))
	b, errB := png.Decode(bytes.NewReader(want))
	if errA != nil || errB != nil || a.Bounds() != b.Bounds() {
		return false
	}
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return true
}
