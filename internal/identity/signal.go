package identity

import (
	"fmt"
	"io"
	"log/slog"
)

// Signals is the kind of delivery that tells a person's own devices that
// something waits, and nothing else. Its address is the person.
const Signals DeliveryKind = "signal"

// Signal is where one device is reached: an address at the push service of its
// browser's maker. Whoever has it can reach the device, so it prints nothing.
type Signal struct {
	Endpoint string `json:"e"`
	Key      string `json:"k"` // id of the service's key that the browser bound it to
}

func (s Signal) Format(f fmt.State, _ rune) { io.WriteString(f, "signal") }
func (s Signal) LogValue() slog.Value       { return slog.StringValue("signal") }
