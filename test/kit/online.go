package kit

import (
	"context"

	"netid/internal/act/authorize"
	"netid/internal/act/verify"
	"netid/internal/identity"
)

// Draw signs for whichever venue, and gives the code.
func (c *Citizen) Draw(ctx context.Context, over18 bool) (authorize.Drawn, error) {
	o, err := c.Authorize.Offer(ctx, c.Session, over18, "zh-CN")
	if err != nil {
		return authorize.Drawn{}, err
	}
	return c.Authorize.Draw(ctx, c.Session, o.Request, authorize.Approval{Locale: "zh-CN", Certificate: c.Certificate.ID.String(), Signature: c.Device.Sign(o.Statement.Bytes())})
}

// Scan is the venue's half.
func (k *Kit) Scan(ctx context.Context, venue identity.PartyID, code identity.OnlineCode, marks ...identity.AgeMark) (identity.Verification, error) {
	return k.Verify.Scan(ctx, verify.Scan{Code: code, Party: venue, Marks: marks})
}
