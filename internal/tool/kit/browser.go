package kit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"time"
)

// plain follows nothing and keeps nothing.
var plain = &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// scene is how a sign-in ended in the browser.
type scene struct {
	status   int
	page     string
	signedIn bool
	told     int  // how the application answered a notice
	out      bool // signed out by it
}

// browser is one cookie jar.
func (k *Kit) browser(c Check) (*http.Client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	patience := plain.Timeout
	if c.tiring != nil {
		patience = k.Silence
	}
	return &http.Client{Jar: jar, Timeout: patience, CheckRedirect: plain.CheckRedirect}, nil
}

var errWaits = errors.New("the application waits for a provider that says nothing, and its user with it")

var errNoRequest = errors.New("the start address did not lead to the kit's authorization endpoint")

// drive signs in once, as the check asks: in one browser, or with the answer
// carried to another, or shown twice.
func (k *Kit) drive(ctx context.Context, c Check) (scene, error) {
	one, err := k.browser(c)
	if err != nil {
		return scene{}, err
	}
	back, err := k.arrive(ctx, one)
	if err != nil {
		return scene{}, err
	}
	who := one
	if c.elsewhere {
		if who, err = k.browser(c); err != nil {
			return scene{}, err
		}
	}
	s, err := follow(ctx, who, http.MethodGet, back)
	if c.tiring != nil && errors.Is(err, context.DeadlineExceeded) {
		return scene{}, errWaits
	}
	if err != nil {
		return scene{}, err
	}
	if c.twice {
		if _, err := follow(ctx, who, http.MethodGet, back); err != nil {
			return scene{}, err
		}
	}
	if k.SignedIn == "" {
		s.signedIn = s.status == http.StatusOK
		return s, nil
	}
	if s.signedIn, err = k.probe(ctx, who); err != nil {
		return scene{}, err
	}
	return k.tell(ctx, c, who, s)
}

// arrive goes from the start to the provider and gives the address of its answer.
func (k *Kit) arrive(ctx context.Context, b *http.Client) (back string, err error) {
	method := http.MethodGet
	if k.Post {
		method = http.MethodPost
	}
	at := k.Start
	for range 10 {
		resp, body, err := visit(ctx, b, method, at)
		if err != nil {
			return "", err
		}
		next, err := resp.Location()
		if err != nil {
			return "", fmt.Errorf("%w (%d, %d bytes)", errNoRequest, resp.StatusCode, len(body))
		}
		if strings.HasPrefix(at, k.Issuer+"/authorize") {
			return next.String(), nil
		}
		method, at = http.MethodGet, next.String()
	}
	return "", errNoRequest
}

// follow opens an address to its end; the kit answers a second request as the first.
func follow(ctx context.Context, b *http.Client, method, at string) (scene, error) {
	for range 10 {
		resp, body, err := visit(ctx, b, method, at)
		if err != nil {
			return scene{}, err
		}
		next, err := resp.Location()
		if err != nil || resp.StatusCode < 300 || resp.StatusCode > 399 {
			return scene{status: resp.StatusCode, page: body}, nil
		}
		method, at = http.MethodGet, next.String()
	}
	return scene{}, errors.New("the application sends the browser round in circles")
}

func visit(ctx context.Context, b *http.Client, method, at string) (*http.Response, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, at, nil)
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Accept", "text/html")
	resp, err := b.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp, string(body), err
}

// probe: is this browser signed in?
func (k *Kit) probe(ctx context.Context, b *http.Client) (bool, error) {
	resp, _, err := visit(ctx, b, http.MethodGet, k.SignedIn)
	if err != nil {
		return false, err
	}
	return resp.StatusCode == http.StatusOK, nil
}
