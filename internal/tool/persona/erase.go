package persona

import "context"

// erase fills the erase page and gives the receipt's text.
func (c *citizen) erase(ctx context.Context, passcode string) (string, error) {
	at, err := c.visit(ctx, "/erase")
	if err != nil {
		return "", err
	}
	at, err = c.fill(ctx, at, "/erase", func(f *form) error {
		f.agree()
		f.set("passcode", passcode)
		f.set("confirm", "erase")
		return nil
	})
	if err != nil {
		return "", err
	}
	for _, n := range at.page.all("data-page") {
		return text(n), nil
	}
	return "", lost(at.page)
}
