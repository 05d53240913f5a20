package persona

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// News is what the sandbox's register is to say of a persona.
type News struct {
	Word  string // "deceased", "alive", "guardianship"; of a card "lost", "replaced", "expired", "good"
	Card  string // empty: the persona's first
	Until string // the card's last valid day, 2006-01-02; empty: today
}

// Event has the sandbox's register say something of the persona. It takes effect
// within seconds, as it would from the state: by the service's own asking.
func Event(ctx context.Context, o Options, n News) error {
	c, err := meet(ctx, o)
	if err != nil {
		return err
	}
	return c.call(ctx, http.MethodPost, "/sandbox/news/"+c.who.ID, map[string]string{"news": n.Word, "card": n.Card, "until": n.Until}, &struct {
		Told bool `json:"told"`
	}{})
}

// state is what the persona's own page says of the number: "active", "frozen",
// "held". Whoever is let in no more, because the register said that they died
// or because their certificate is gone, is "out". News may come between the
// signing in and the page, which then speaks to a stranger: it is asked twice.
func (c *citizen) state(ctx context.Context, w wallet) (string, error) {
	for range 2 {
		if err := c.signIn(ctx, w); err != nil {
			var refused *Refusal
			if errors.As(err, &refused) || unknownDevice(err) {
				return "out", nil
			}
			return "", err
		}
		at, err := c.visit(ctx, "/")
		if err != nil {
			return "", err
		}
		if at.page == nil {
			return "", errors.New("the server sends the browser away from its own front page")
		}
		for _, n := range at.page.all("data-standing") {
			return attribute(n, "data-standing"), nil
		}
	}
	return "", errors.New("the page does not say how the number stands")
}

// becomes is what happens to some personas as soon as they have enrolled: they
// are there to be refused.
func becomes(name string) (state string, do func(context.Context, *citizen) error) {
	tell := func(word string) func(context.Context, *citizen) error {
		return func(ctx context.Context, c *citizen) error { return Event(ctx, c.options, News{Word: word}) }
	}
	switch name {
	case "frozen":
		return "frozen", func(ctx context.Context, c *citizen) error {
			return c.press(ctx, "/", "/certificate/freeze", func(*form) error { return nil })
		}
	case "revoked":
		return "held", tell("lost")
	case "deceased":
		return "out", tell("deceased")
	}
	return "", nil
}

// become has it happen, and waits until the service has acted on it.
func (c *citizen) become(ctx context.Context, w wallet) error {
	want, do := becomes(c.who.ID)
	if do == nil {
		return nil
	}
	if err := c.signIn(ctx, w); err != nil {
		return err
	}
	if err := do(ctx, c); err != nil {
		return err
	}
	for range 120 {
		is, err := c.state(ctx, w)
		if err != nil || is == want {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
	return fmt.Errorf("%s did not become %q within a minute", c.who.ID, want)
}
