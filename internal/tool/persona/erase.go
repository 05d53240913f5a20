package persona

import (
	"context"
	"strings"
)

// Receipt is what Erase writes of the receipt page, as one flat JSON object.
type Receipt struct {
	ID   string `json:"receipt"`
	Leaf string `json:"leaf"` // where the tombstone stands in the ledger
	Text string `json:"text"` // the heading of the receipt
	Held string `json:"held"` // what law keeps: class, how many, until when; parted by commas
}

// erase fills the erase page and reads the receipt.
func (c *citizen) erase(ctx context.Context, passcode string) (Receipt, error) {
	at, err := c.visit(ctx, "/erase")
	if err != nil {
		return Receipt{}, err
	}
	at, err = c.fill(ctx, at, "/erase", func(f *form) error {
		f.set("passcode", passcode)
		f.set("confirm", "erase")
		return nil
	})
	if err != nil {
		return Receipt{}, err
	}
	r := Receipt{ID: at.page.data("data-receipt"), Leaf: at.page.data("data-leaf"), Text: strings.TrimSpace(at.page.heading())}
	var held []string
	for _, n := range at.page.all("data-held") {
		held = append(held, attribute(n, "data-held"))
	}
	r.Held = strings.Join(held, ", ")
	if r.ID == "" {
		return r, lost(at.page)
	}
	return r, nil
}
