package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"time"

	"netid/demo/shop"
	"netid/internal/act/admit"
	"netid/internal/act/enrol"
	"netid/internal/connector/authority"
	"netid/internal/connector/face"
	"netid/internal/connector/sms"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/sandbox"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
	simulator "netid/internal/tool/authority"
)

// sandboxToken opens a sandbox's admission door. It is public on purpose.
const sandboxToken = "sandbox"

type sandboxCmd struct {
	Addr   string `default:"localhost:7080" placeholder:"HOST:PORT" help:"Where netid listens (default: ${default}; port 0 takes a free one)."`
	Shop   string `default:"127.0.0.1:7081" placeholder:"HOST:PORT" help:"Where the demonstration shop listens (default: ${default}); another host name, so that no cookie is shared. Empty: no shop."`
	Issuer string `placeholder:"URL" help:"What people call it, when a balancer stands before several over one --store (default: where it listens)."`
	Data   string `default:"var" placeholder:"DIR" help:"Data directory (default: ${default})."`
	Store  string `env:"NETID_STORE" placeholder:"postgres://…" help:"Keep everything in this PostgreSQL database instead of the data directory."`
	Shelf  string `env:"NETID_SHELF" placeholder:"postgres://…" help:"With --store: the database of person secrets (default: a schema of its own in the same database)."`

	Drain time.Duration `placeholder:"TIME" help:"How long to go on serving after the signal to stop, for a balancer to hear of it (default: not at all)."`
	Clock string        `hidden:"" placeholder:"FILE" help:"For trials: a file that says how far this node's clock is off."`

	SMS string `name:"sms" placeholder:"URL" help:"Hand messages to a gateway on this machine, to try one, instead of keeping them for the outbox page."`

	Face     string   `placeholder:"DIR" type:"existingdir" help:"Compare faces on the device, with the models in this directory (npm pack laid them there; ADR 0041), instead of simulating it."`
	Portrait string   `placeholder:"FILE" type:"existingfile" help:"With a new data directory: a photo (JPEG, 24 KB at most) for the passport of adult, to try that with: yours, since synthetic people have no faces."`
	Push     []string `placeholder:"HOST" help:"A push service that devices may be signalled through, where their owners turn that on; may be repeated. With --fetch-loopback also localhost, to try one."`

	Review        bool     `help:"Have applications of the portal wait for two people of the console, as a served one does, to try the review."`
	FetchLoopback bool     `help:"Ask parties on this machine too, over http or https, for their keys (jwks_uri) and with notices of log-outs; elsewhere only public https addresses are asked."`
	MTLS          string   `name:"mtls" placeholder:"URL" help:"Where parties with certificates come: a TLS proxy of yours, named by --mtls-proxy, that hands certificates on (Client-Cert, RFC 9440)."`
	MTLSProxy     []string `name:"mtls-proxy" placeholder:"ADDRESS" help:"With --mtls: the proxy's address; may be repeated."`
	MTLSCA        string   `name:"mtls-ca" placeholder:"FILE" type:"existingfile" help:"With --mtls: roots (PEM) of parties' certificates, for tls_client_auth."`

	Wallet map[string]string `mapsep:"none" placeholder:"CLIENT=FILE" help:"Believe the provider with these roots (PEM) when it vouches for instances and keys of the wallet with this client identifier; may be repeated. To try HAIP."`

	Profile string `placeholder:"NAME" help:"Cryptography: international, guomi or dual; a data directory keeps the one it was made with (default: its own, or international)."`
}

// Run starts everything, prints what to try, and stops cleanly when asked to.
func (c *sandboxCmd) Run(s *surroundings) error {
	// Whoever reaches a sandbox can register a party, and so would have this
	// machine ask itself whatever they like.
	if c.FetchLoopback && !loopback(c.Addr) {
		return errors.New("--fetch-loopback needs an --addr on this machine alone, as localhost:7080")
	}
	if err := listedHosts(c.Push); err != nil {
		return err
	}
	profile, err := chosen(c.Profile)
	if err != nil {
		return err
	}
	at, err := siteOf(c.Data, c.Store, c.Shelf)
	if err != nil {
		return err
	}
	entry := mtlsEntry{URL: c.MTLS, Proxies: c.MTLSProxy, ClientCA: c.MTLSCA}
	if err := entry.check(false); err != nil {
		return err
	}
	side, err := entry.open()
	if err != nil {
		return err
	}
	vouched, err := triedWallets(c.Wallet)
	if err != nil {
		return err
	}
	if err := filled(c.Data); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(s.errs, nil))
	people, err := c.found()
	if err != nil {
		return fmt.Errorf("found the population: %w", err)
	}
	faces, models, err := c.faces()
	if err != nil {
		return err
	}
	token := identity.NewHandle().Text()
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	register, stop, err := authority.Start(s.ctx, exe, []string{"simulator", "authority", "--data", c.Data}, token)
	if err != nil {
		return fmt.Errorf("authority simulator: %w", err)
	}
	defer stop()
	front, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return err
	}
	defer front.Close()
	issuer := c.Issuer
	if issuer == "" {
		issuer = "http://" + named(c.Addr, front)
	}

	teller := people.Teller(c.Data, time.Now)
	newsKeys, err := teller.Keys()
	if err != nil {
		return err
	}
	state := authority.New(register, token)

	outbox := sms.NewOutbox(time.Now)
	post, err := c.post(outbox)
	if err != nil {
		return err
	}
	h, err := build(s.ctx, settings{Issuer: issuer, MTLS: side, Wallets: vouched, Loopback: c.FetchLoopback, Data: c.Data, Site: at.forTrial(), Master: keyring.MasterFile(masterFile(c.Data)), Profile: profile, Operator: trialOperator(),
		CSCA: people.Trust, Authority: state, News: state.Feed(newsKeys), NewsName: teller.Name(), Faces: faces, Models: models, Post: post, Push: c.Push,
		AdminToken: sandboxToken, Sandbox: true, Reviews: c.Review, Drawer: drawers{people, teller, outbox}, Log: log, SelfTest: suite.SelfTest,
		Now: wrongClock(s.ctx, c.Clock), Drain: c.Drain})
	if err != nil {
		return err
	}
	defer h.Close()
	if c.Shop == "" {
		greet(s.out, issuer, "none", c.Face != "")
		return h.serve(s.ctx, listening{front, h.server})
	}
	counter, err := net.Listen("tcp", c.Shop)
	if err != nil {
		return err
	}
	defer counter.Close()
	shopURL := "http://" + named(c.Shop, counter)
	market, err := h.openShop(s.ctx, shopURL)
	if err != nil {
		return fmt.Errorf("demonstration shop: %w", err)
	}
	greet(s.out, issuer, shopURL, c.Face != "")
	return h.serve(s.ctx, listening{front, h.server}, listening{counter, market})
}

// found finds the people, or makes them.
func (c *sandboxCmd) found() (*sandbox.Population, error) {
	if c.Portrait == "" {
		return sandbox.Found(c.Data, time.Now)
	}
	photo, err := os.ReadFile(c.Portrait)
	if err != nil {
		return nil, err
	}
	if len(photo) > portraitMost || http.DetectContentType(photo) != "image/jpeg" {
		return nil, fmt.Errorf("%s is no JPEG of at most %d bytes", c.Portrait, portraitMost)
	}
	return sandbox.FoundWith(c.Data, time.Now, photo)
}

// portraitMost is what fits into a chip's file of 32 KB with a margin.
const portraitMost = 24 << 10

// faces is the engine: the device's, where there are models.
func (c *sandboxCmd) faces() (enrol.Face, *face.Models, error) {
	if c.Face == "" {
		return face.Simulator{}, nil, nil
	}
	models, err := face.OpenModels(c.Face)
	return face.Device{Models: models}, models, err
}

// trialOperator is who operates a sandbox.
func trialOperator() law.Operator {
	return law.Operator{Name: identity.Text{ZH: "netid 沙盒", EN: "netid sandbox"}, Contact: "sandbox@netid.invalid"}
}

// post is what carries messages. A gateway elsewhere is refused: synthetic
// people have no telephones.
func (c *sandboxCmd) post(outbox *sms.Outbox) (sms.Sender, error) {
	if c.SMS == "" {
		return outbox, nil
	}
	u, err := url.Parse(c.SMS)
	if err != nil || u.Scheme != "http" || !loopback(u.Host) {
		return nil, errors.New("--sms must be http on a loopback address")
	}
	return sms.NewGateway(c.SMS, sandboxToken), nil
}

// chosen reads the name of a profile; none leaves the choice to the data directory.
func chosen(name string) (suite.Profile, error) {
	if name == "" {
		return "", nil
	}
	return suite.ParseProfile(name)
}

// named is the address as the caller wrote it, with the port that was taken.
func named(addr string, l net.Listener) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil || host == "" {
		return l.Addr().String()
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return net.JoinHostPort(host, port)
}

// openShop registers the shop as a party and gives its pages. Its secret
// comes from the keyring, so that a restart finds it unchanged.
func (h *house) openShop(ctx context.Context, base string) (http.Handler, error) {
	secret := h.ring.Secret("demo")
	word := base64.RawURLEncoding.EncodeToString(secret.Bytes())
	leaving := admit.Leaving{PostLogout: []string{base + "/"}}
	if h.Loopback { // else this machine is not asked
		leaving.BackChannel, leaving.Erasures = base+"/backchannel", base+"/erasure"
	}
	_, _, err := h.admit.Keep(ctx, admit.Application{ID: "demo-shop", Name: "Peach Blossom Shop (demonstration)", NameZH: "桃花小铺（演示）",
		RedirectURIs: []string{base + "/callback"}, Secret: word,
		Leaving: leaving,
		Purpose: "Sign you in; check the age limit only when you buy alcohol", PurposeZH: "为您登录；只在您买酒时核对年龄",
		AgeMarks: map[string]string{"over18": "《中华人民共和国未成年人保护法》第五十九条"},
		Otherwise: []identity.Way{{Text: identity.Text{ZH: "到店出示证件", EN: "Show a document at the counter"}},
			{Text: identity.Text{ZH: "用电子邮箱登录", EN: "Sign in by e-mail"}, URL: base + "/other"}}, Sandbox: true})
	if err != nil {
		return nil, err
	}
	return shop.New(shop.Config{Issuer: h.Issuer, ClientID: "demo-shop", ClientSecret: word, BaseURL: base}), nil
}

func greet(out io.Writer, issuer, shopURL string, compares bool) {
	simulators := "the authority, the face step and the SMS"
	if compares {
		simulators = "the authority and the SMS"
	}
	fmt.Fprintf(out, `netid sandbox is ready. Everybody in it is synthetic; %s are simulators.

  netid       %s
  demo shop   %s
  cards       %s/sandbox/drawer
  messages    %s/sandbox/outbox
  portal      %s/partner
  console     %s/operator

Try: open the shop, choose "Sign in", enrol with a card from the drawer, approve; then "Buy wine".
Without a browser: netid persona list --server %s
Stop: Ctrl-C
`, simulators, issuer, shopURL, issuer, issuer, issuer, issuer, issuer)
}

type listening struct {
	net.Listener
	http.Handler
}

// serve serves until the context ends, or the house does, which is an error.
func (h *house) serve(ctx context.Context, all ...listening) error {
	ctx, stop := context.WithCancelCause(h.drained(ctx))
	defer context.AfterFunc(h.alive, func() { stop(context.Cause(h.alive)) })()
	err := serveAll(ctx, h.Log, all...)
	if h.alive.Err() != nil {
		err = errors.Join(err, context.Cause(h.alive))
	}
	return err
}

// finish is how long requests in hand have when the server ends.
const finish = 10 * time.Second

// serveAll serves until the context ends, then lets the requests in hand finish.
func serveAll(ctx context.Context, log *slog.Logger, all ...listening) error {
	collectLess()
	failed := make(chan error, len(all))
	var servers []*http.Server
	for _, l := range all {
		srv := &http.Server{Handler: l.Handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
			WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
			ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
		servers = append(servers, srv)
		go func() { failed <- srv.Serve(l.Listener) }()
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), finish)
	defer cancel()
	for _, srv := range servers {
		if e := srv.Shutdown(end); e != nil {
			srv.Close()
		}
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

// collectLess lets garbage grow to four times what is in use before it is
// collected, unless the operator said otherwise (GOGC; GOMEMLIMIT bounds it either way): what is in use is some
// megabytes, whatever the number of people, and collecting them at every doubling was a
// sixth of all CPU time. docs/operations.md says what it costs.
func collectLess() {
	if _, said := os.LookupEnv("GOGC"); !said {
		debug.SetGCPercent(400)
	}
}

type simulatorCmd struct {
	Authority simulatorAuthorityCmd `cmd:"" help:"The state's card decoder and population register, simulated."`
	Passport  simulatorPassportCmd  `cmd:"" help:"A made-up passport of the sandbox on vsmartcard's virtual reader."`
}

type simulatorAuthorityCmd struct {
	Data string `required:"" help:"Data directory of the sandbox."`
}

// Run is the child process of a sandbox; it ends when its parent does.
func (c *simulatorAuthorityCmd) Run(s *surroundings) error {
	return simulator.Run(s.ctx, c.Data, s.in, s.out)
}
