package kit_test

import (
	"testing"
	"time"

	"netid/internal/act/authorize"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/test/kit"
)

// A device's clock decides nothing (K19): what it signs names the moment that the service
// read from its own clock, and a statement of another moment is not the one asked for.
func TestADevicesClockDecidesNothing(t *testing.T) {
	k, c := enrolled(t)
	for name, off := range map[string]int{"ten years fast": 10, "ten years slow": -10, "right": 0} {
		sealed, err := k.Authorize.Begin(t.Context(), k.Request("shop", identity.ModeCert))
		if err != nil {
			t.Fatal(err)
		}
		shown, err := k.Authorize.Present(t.Context(), sealed, kit.Browser, "zh-CN")
		if err != nil {
			t.Fatal(err)
		}
		if shown.Statement.Time.After(k.Now()) || k.Now().Sub(shown.Statement.Time) > time.Minute {
			t.Fatalf("the statement is of %s", shown.Statement.Time)
		}
		st := shown.Statement
		st.Time = st.Time.AddDate(off, 0, 0)
		_, err = k.Authorize.Approve(t.Context(), c.Session, sealed, kit.Browser,
			authorize.Approval{Locale: "zh-CN", Certificate: c.Certificate.ID.String(), Signature: c.Device.Sign(st.Bytes())})
		if off == 0 && err != nil || off != 0 && !fault.Because(err, "signature_invalid") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
