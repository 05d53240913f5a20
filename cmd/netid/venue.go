package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"netid/client"
	"netid/internal/identity"
	"netid/internal/tool/venue"
	"netid/internal/web/shell"
)

const longestBundle = 32 << 20 // as client reads it

type venueCmd struct {
	Check  venueCheckCmd  `cmd:"" help:"Check one code that somebody shows, without a network. Status 0 is yes."`
	Fetch  venueFetchCmd  `cmd:"" help:"Fetch a newer bundle. Never takes an older one."`
	Redeem venueRedeemCmd `cmd:"" help:"Ask the service about one online code (https://…/Q/…), which a yes uses up. Status 0 is yes."`
	Serve  venueServeCmd  `cmd:"" help:"The gate's page, for the browser of this computer alone: camera or hand-held scanner, a big yes or no."`
}

// venueTrust is what the venue trusts, and its file of it.
type venueTrust struct {
	Issuer string `required:"" placeholder:"URL" help:"The service: https://id.example."`
	Roots  string `required:"" placeholder:"FILE" help:"The service's root certificate (PEM), as the venue got it by a way that it trusts."`
	Bundle string `default:"venue.bundle" placeholder:"FILE" help:"What codes are checked by (default: ${default})."`
	From   string `placeholder:"URL" help:"Where newer bundles are (default: the service's /venue/bundle)."`
}

// venueGate is what one gate asks.
type venueGate struct {
	Venue  string `placeholder:"ID" help:"This venue's id, to which wallets bind codes."`
	Bound  bool   `help:"Refuse codes that are for no venue."`
	Over18 bool   `name:"over-18" help:"Say yes only to who proves to be over 18."`
	Once   bool   `help:"One entry: a slip serves once a day at this gate."`
	Seen   string `placeholder:"FILE" help:"What was shown here (default: beside the bundle)."`
}

func (c *venueTrust) open() (*venue.Bundles, error) {
	roots, err := os.ReadFile(c.Roots)
	if err != nil {
		return nil, err
	}
	return &venue.Bundles{File: c.Bundle, Roots: roots, Issuer: strings.TrimSuffix(c.Issuer, "/"), Now: time.Now}, nil
}

func (c *venueTrust) from() string {
	if c.From != "" {
		return c.From
	}
	return strings.TrimSuffix(c.Issuer, "/") + "/venue/bundle"
}

func (c *venueGate) open(ctx context.Context, bundle string) (client.Gate, *venue.Seen, error) {
	if c.Bound && c.Venue == "" {
		return client.Gate{}, nil, errors.New("--bound needs --venue")
	}
	if c.Seen == "" {
		c.Seen = bundle + ".seen"
	}
	patience, stop := context.WithTimeout(ctx, 5*time.Second)
	defer stop()
	seen, err := venue.OpenSeen(patience, c.Seen, time.Now())
	return client.Gate{Venue: c.Venue, Bound: c.Bound, Over18: c.Over18, Once: c.Once, Seen: seen}, seen, err
}

type venueCheckCmd struct {
	venueTrust
	venueGate
	JSON bool   `name:"json" help:"Say it as JSON."`
	Code string `arg:"" help:"The code, N1:…, or - to read it from standard input."`
}

// errRefused ends the command with 1; its reason was said already.
var errRefused = errors.New("no")

// Run checks one code.
func (c *venueCheckCmd) Run(s *surroundings) error {
	code, err := shownCode(s.in, c.Code)
	if err != nil {
		return err
	}
	bundles, err := c.venueTrust.open()
	if err != nil {
		return err
	}
	switch err := bundles.Load(); {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%w; netid venue fetch gets one", err)
	case err != nil && venue.Reason(err) == "internal":
		return err // of a bundle that is none, the gate says why
	case err != nil:
		return sayEntry(s.out, venue.Answer{Reason: venue.Reason(err)}, c.JSON)
	}
	gate, seen, err := c.venueGate.open(s.ctx, c.Bundle)
	if err != nil {
		return err
	}
	return errors.Join(sayEntry(s.out, venue.Ask(gate, bundles.Held(), code, time.Now()), c.JSON), seen.Close())
}

// sayEntry prints the answer and gives an error for a no.
func sayEntry(out io.Writer, a venue.Answer, asJSON bool) error {
	if asJSON {
		if err := json.NewEncoder(out).Encode(a); err != nil {
			return err
		}
	} else {
		words := shell.New(shell.Config{})
		for _, locale := range []string{shell.Chinese, shell.English} {
			fmt.Fprintln(out, venueSays(words, locale, a))
		}
	}
	if !a.Yes {
		return errRefused
	}
	return nil
}

func venueSays(words *shell.Shell, locale string, a venue.Answer) string {
	said := []string{words.Say(locale, "venue.no"), words.Say(locale, "venue.no."+a.Reason)}
	if a.Yes {
		said = []string{words.Say(locale, "venue.yes")}
		if a.Over18 {
			said = append(said, words.Say(locale, "venue.over18"))
		}
	}
	if a.Age > 0 || a.Yes && !a.Online {
		said = append(said, words.Say(locale, "venue.age", a.Age/3600, a.Age/60%60))
	}
	if a.Stale {
		said = append(said, words.Say(locale, "venue.stale"))
	}
	return strings.Join(said, " · ")
}

// venueOnline is by what the venue proves itself to the service.
type venueOnline struct {
	Client string `placeholder:"ID" help:"The venue's client identifier, for online codes."`
	Key    string `placeholder:"FILE" help:"Its private key (PEM, P-256), whose public half it registered."`
}

// open gives nil where nothing was said: then only offline codes are checked.
func (c *venueOnline) open(issuer string, over18 bool) (*venue.Online, error) {
	if (c.Client == "") != (c.Key == "") {
		return nil, errors.New("--client and --key belong together")
	}
	if c.Client == "" {
		return nil, nil
	}
	key, err := os.ReadFile(c.Key)
	if err != nil {
		return nil, err
	}
	o := &venue.Online{Issuer: strings.TrimSuffix(issuer, "/"), Client: c.Client, Key: key, Over18: over18, Web: &http.Client{Timeout: 10 * time.Second},
		Draw: func() string { return identity.NewHandle().Text() }, Now: time.Now}
	if _, err := client.NewAssertion(key, c.Client, o.Issuer, "", o.Now()); err != nil {
		return nil, fmt.Errorf("%s: %w", c.Key, err)
	}
	return o, nil
}

type venueRedeemCmd struct {
	venueOnline
	Issuer string `required:"" placeholder:"URL" help:"The service: https://id.example."`
	Over18 bool   `name:"over-18" help:"Say yes only to who proves to be over 18."`
	JSON   bool   `name:"json" help:"Say it as JSON."`
	Code   string `arg:"" help:"The code, https://…/Q/…, or - to read it from standard input."`
}

// Run asks about one code.
func (c *venueRedeemCmd) Run(s *surroundings) error {
	code, err := shownCode(s.in, c.Code)
	if err != nil {
		return err
	}
	online, err := c.venueOnline.open(c.Issuer, c.Over18)
	if err != nil {
		return err
	}
	if online == nil {
		return errors.New("online codes need --client and --key")
	}
	return sayEntry(s.out, online.Ask(s.ctx, code), c.JSON)
}

// shownCode is the code as it was given, or read.
func shownCode(in io.Reader, code string) (string, error) {
	if code != "-" {
		return code, nil
	}
	b, err := io.ReadAll(io.LimitReader(in, 4<<10))
	return strings.TrimRight(string(b), "\r\n"), err
}

type venueFetchCmd struct{ venueTrust }

// Run fetches a bundle once.
func (c *venueFetchCmd) Run(s *surroundings) error {
	bundles, err := c.open()
	if err != nil {
		return err
	}
	if err := bundles.Load(); err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, client.ErrBundleOld) {
		return fmt.Errorf("%s: %w", c.Bundle, err) // what can't be read can't be compared with; remove it first
	}
	if err := bundles.Fetch(s.ctx, &http.Client{Timeout: time.Minute}, c.from()); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s: %s\n", c.Bundle, bundles.Held().Issued.Format(time.RFC3339))
	return nil
}

type venueServeCmd struct {
	venueTrust
	venueGate
	venueOnline
	Listen string        `default:"127.0.0.1:9304" placeholder:"HOST:PORT" help:"Where the page is; this computer's own addresses alone (default: ${default})."`
	Every  time.Duration `default:"10m" help:"How often a newer bundle is fetched; 0: never (default: ${default})."`
}

// Run serves the gate's page until it is asked to stop.
func (c *venueServeCmd) Run(s *surroundings) error {
	host, _, err := net.SplitHostPort(c.Listen)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return errors.New("the page is for this computer alone: --listen takes 127.0.0.1:PORT or [::1]:PORT")
	}
	bundles, err := c.venueTrust.open()
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(s.errs, nil))
	if err := bundles.Load(); err != nil {
		log.Warn("no bundle yet", "cause", err)
	}
	online, err := c.venueOnline.open(c.Issuer, c.Over18)
	if err != nil {
		return err
	}
	gate, seen, err := c.venueGate.open(s.ctx, c.Bundle)
	if err != nil {
		return err
	}
	defer seen.Close()
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	t := &venue.Terminal{Host: l.Addr().String(), Bundles: bundles, Online: online, Gate: gate, Words: venueWords(), Now: time.Now}
	fmt.Fprintf(s.out, "gate: http://%s\n", t.Host)
	ctx, stop := context.WithCancel(s.ctx)
	fetched := make(chan struct{})
	go func() {
		defer close(fetched)
		c.keep(ctx, bundles, log)
	}()
	err = serveAll(ctx, log, listening{l, t})
	stop()
	<-fetched
	return err
}

// keep fetches now and every so often. Without a network the gate goes on by what it has.
func (c *venueServeCmd) keep(ctx context.Context, bundles *venue.Bundles, log *slog.Logger) {
	web := &http.Client{Timeout: time.Minute}
	for c.Every > 0 && ctx.Err() == nil {
		if err := bundles.Fetch(ctx, web, c.from()); err != nil && ctx.Err() == nil {
			log.Warn("no newer bundle", "cause", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(c.Every):
		}
	}
}

func venueWords() map[string]map[string]string {
	words, all := shell.New(shell.Config{}), map[string]map[string]string{}
	for _, locale := range []string{shell.Chinese, shell.English} {
		all[locale] = map[string]string{}
		for _, name := range venue.Words() {
			all[locale][name] = words.Say(locale, "venue."+name)
		}
	}
	return all
}
