package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"netid/internal/tool/kit"
)

type kitCmd struct {
	Run   kitRunCmd   `cmd:"" help:"Try an application: sign in again and again, with one answer wrong each time. Status 0 is passed, 1 not."`
	Serve kitServeCmd `cmd:"" help:"The kit's provider alone, to bring an application up with. Everybody is signed in at once."`
	List  kitListCmd  `cmd:"" help:"What is checked, and where the rule is."`
}

// kitProvider is the kit's provider as the application is told of it.
type kitProvider struct {
	Listen string `default:"127.0.0.1:7099" placeholder:"HOST:PORT" help:"Where the kit's provider listens, on loopback. The application's issuer is http:// and this (default: ${default})."`
	Client string `default:"my-app" placeholder:"ID" help:"The application's client id (default: ${default})."`
	Secret string `env:"CLIENT_SECRET" placeholder:"SECRET" help:"Its client secret at the kit: any (default: the environment's CLIENT_SECRET)."`
	Jwks   string `placeholder:"FILE" help:"Its public keys (JWKS), where it proves itself by a key and has no secret."`
}

type kitRunCmd struct {
	kitProvider
	Start    string        `required:"" placeholder:"URL" help:"Where a sign-in begins: http://127.0.0.1:9000/login."`
	Post     bool          `help:"A sign-in begins by a form (POST)."`
	SignedIn string        `name:"signed-in" placeholder:"URL" help:"A page that answers 200 to who is signed in, and to nobody else (default: whoever ends at a 200 is signed in)."`
	Logout   string        `placeholder:"URL" help:"Your address that takes logout tokens (default: those checks are skipped)."`
	Erasure  string        `placeholder:"URL" help:"Your address that takes requests to erase (default: those checks are skipped)."`
	Wait     time.Duration `default:"1m" help:"How long the application may take to come up (default: ${default})."`
	Patience time.Duration `default:"75s" help:"How long the application may take to learn of a new key (default: ${default})."`
	Out      string        `placeholder:"FILE" help:"Write the report as JSON."`
}

type kitServeCmd struct{ kitProvider }

type kitListCmd struct{}

var (
	errKitPublic = errors.New("the kit signs anybody in: it listens on a loopback address only")
	errKitFailed = errors.New("the application did not pass")
	errKitProof  = errors.New("--secret, or CLIENT_SECRET in the environment, for an application with a secret; --jwks FILE for one with a key")
)

// open listens, on loopback alone: whoever takes the kit's word believes anything.
func (c kitProvider) open() (net.Listener, string, error) {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return nil, "", err
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, "", errKitPublic
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return nil, "", errors.Join(err, l.Close())
	}
	return l, "http://" + net.JoinHostPort(host, port), nil
}

// serving runs do beside the provider.
func (c kitProvider) serving(s *surroundings, config kit.Config, do func(context.Context, *kit.Kit) error) error {
	if c.Secret == "" && c.Jwks == "" {
		return errKitProof
	}
	if c.Jwks != "" {
		b, err := os.ReadFile(c.Jwks)
		if err != nil {
			return err
		}
		if config.Keys, err = kit.ParseKeys(b); err != nil {
			return err
		}
	}
	l, issuer, err := c.open()
	if err != nil {
		return err
	}
	config.Issuer, config.ClientID, config.ClientSecret = issuer, c.Client, c.Secret
	k, err := kit.New(config)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	fmt.Fprintf(s.out, "测试用身份提供方 / provider for tests: %s (client %s)\n", issuer, c.Client)
	ctx, stop := context.WithCancel(s.ctx)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- serveAll(ctx, slog.New(slog.NewTextHandler(s.errs, nil)), listening{l, k}) }()
	err = do(ctx, k)
	stop()
	return errors.Join(err, <-done)
}

// Run serves until it is asked to stop.
func (c *kitServeCmd) Run(s *surroundings) error {
	return c.serving(s, kit.Config{}, func(ctx context.Context, _ *kit.Kit) error {
		<-ctx.Done()
		return nil
	})
}

// Run tries the application.
func (c *kitRunCmd) Run(s *surroundings) error {
	for _, at := range []string{c.Start, c.SignedIn, c.Logout, c.Erasure} {
		if u, err := url.Parse(at); at != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
			return fmt.Errorf("%q is no address", at)
		}
	}
	config := kit.Config{Start: c.Start, Post: c.Post, SignedIn: c.SignedIn, Logout: c.Logout, Erasure: c.Erasure, Wait: c.Wait, Patience: c.Patience}
	return c.serving(s, config, func(ctx context.Context, k *kit.Kit) error {
		r, err := k.Run(ctx)
		if err != nil {
			return err
		}
		tell(s.out, r)
		if c.Out != "" {
			b, err := json.MarshalIndent(r, "", "  ")
			if err != nil {
				return err
			}
			if err := os.WriteFile(c.Out, append(b, '\n'), 0o600); err != nil {
				return err
			}
		}
		if !r.Passed() {
			return errKitFailed
		}
		return nil
	})
}

// tell prints a line for each check, and what was tried where it failed.
func tell(out io.Writer, r kit.Report) {
	count := map[kit.Outcome]int{}
	said := map[string]kit.Check{}
	for _, c := range kit.Checks() {
		said[c.ID] = c
	}
	for _, c := range r.Checks {
		count[c.Outcome]++
		fmt.Fprintf(out, "%-8s %-22s %s\n", c.Outcome, c.ID, c.Why)
		if c.Outcome == kit.Failed || c.Outcome == kit.Advised {
			describe(out, said[c.ID])
		}
	}
	fmt.Fprintf(out, "通过 / passed %d, 未通过 / failed %d, 建议改进 / advised %d, 未检查 / skipped %d\n", count[kit.Passed], count[kit.Failed], count[kit.Advised], count[kit.Skipped])
}

func describe(out io.Writer, c kit.Check) {
	en, zh := c.Must()
	pad := strings.Repeat(" ", 9)
	fmt.Fprintf(out, "%sthe kit %s; the application must %s (%s)\n%s检查方式：%s；应用应当：%s\n", pad, c.EN, en, c.Source, pad, c.ZH, zh)
}

// Run lists the checks.
func (c *kitListCmd) Run(s *surroundings) error {
	for _, c := range kit.Checks() {
		fmt.Fprintln(s.out, c.ID)
		describe(s.out, c)
	}
	return nil
}
