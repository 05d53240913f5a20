// Package qr draws a text as a QR code (ISO/IEC 18004) for a page.
//
// It owns the drawing and refuses to know what the text is for. Nothing is read
// here: cameras read.
//
// Invariant: the drawing is one path of whole units, so that it is sharp at any
// size and needs neither an image nor a script.
package qr

import (
	"fmt"
	"strings"

	"rsc.io/qr"

	"netid/internal/fault"
)

// Path draws text: an SVG path of black squares within side × side units, the
// white border that readers need included. Fails where the text is too long.
func Path(text string) (path string, side int, err error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", 0, fault.Wrap("qr.Path", fault.Internal, "internal", err)
	}
	const border = 4 // §5.3.8
	var b strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from+border, y+border, x-from, x-from)
			}
		}
	}
	return b.String(), code.Size + 2*border, nil
}
