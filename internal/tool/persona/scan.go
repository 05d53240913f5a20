package persona

import (
	"context"
	"errors"
	"time"
)

// Scan is the citizen's phone that reads the code on another device's screen: it
// signs in, approves what it is shown and returns the number that is to be typed there.
// The code is the address in the square, and good for seconds.
func Scan(ctx context.Context, o Options, code string) (string, error) {
	c, err := meet(ctx, o)
	if err != nil {
		return "", err
	}
	at, err := c.visit(ctx, code)
	if err == nil && at.page != nil && at.page.carries("data-challenge") {
		at, _, err = c.enter(ctx, at.page, "")
	}
	if err != nil {
		return "", err
	}
	f, err := at.page.form("/across")
	if err != nil {
		return "", err
	}
	if at, err = c.submit(ctx, f); err != nil {
		return "", err
	}
	for range 100 { // until the other device handed the request over
		if at.page == nil || at.page.data("data-state") != "read" {
			break
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
		if at, err = c.visit(ctx, "/across"); err != nil {
			return "", err
		}
	}
	if at.page == nil || at.page.name != "request" {
		return "", errors.New("the other device does not hand its request over: is its page still open?")
	}
	if f, err = c.approval(at.page, o.Withhold, o.Tell, false); err != nil {
		return "", err
	}
	if at, err = c.submit(ctx, f); err != nil {
		return "", err
	}
	if number := at.page.data("data-match"); number != "" {
		return number, nil
	}
	return "", lost(at.page)
}
