package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime/metrics"
	"syscall"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/connector/authority"
	"netid/internal/connector/face"
	"netid/internal/connector/sms"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/sandbox"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
	sandboxtest "netid/test/sandbox"
	"netid/test/visitor"
)

// flow is a whole server, without connections, with one person and one party.
type flow struct {
	house  *house
	meter  *meter
	person *visitor.Citizen
	party  *visitor.Party
	keyed  *visitor.Keyed
}

func newFlow(t testing.TB, profile suite.Profile, changes ...func(*settings)) *flow {
	t.Helper()
	dir := t.TempDir()
	people, err := sandbox.Found(dir, time.Now)
	must(t, err)
	token := identity.NewHandle().Text()
	register, stop, err := authority.Start(t.Context(), sandboxtest.Binary(t), []string{"simulator", "authority", "--data", dir}, token)
	must(t, err)
	t.Cleanup(stop)
	outbox := sms.NewOutbox(time.Now)
	set := settings{Issuer: "https://netid.example", Data: dir, Master: keyring.MasterFile(masterFile(dir)), Profile: profile,
		CSCA: people.Trust, Authority: authority.New(register, token), Faces: face.Simulator{}, Post: outbox, Sandbox: true, AdminToken: sandboxToken,
		Drawer: drawers{people, nil, outbox}, Log: slog.New(slog.DiscardHandler), SelfTest: suite.SelfTest,
		Operator: law.Operator{Name: identity.Text{ZH: "某", EN: "Some"}, Contact: "x@netid.invalid"}}
	for _, change := range changes {
		change(&set)
	}
	h, err := build(context.Background(), set)
	must(t, err)
	t.Cleanup(h.Close)
	const callback, secret = "https://shop.example/callback", "a secret that is long enough for a party"
	_, _, err = h.admit.Keep(t.Context(), admit.Application{ID: "shop", Name: "Shop", RedirectURIs: []string{callback}, Secret: secret, Sandbox: true})
	must(t, err)
	f := &flow{house: h, meter: &meter{server: h.server, spent: map[string]spending{}}}
	f.person, err = visitor.NewCitizen(h.Issuer, "crowd-100000-card", "10000100000")
	must(t, err)
	f.party = &visitor.Party{ID: "shop", Secret: secret, Redirect: callback, Browser: visitor.New(h.Issuer)}
	f.keyed, err = visitor.NewKeyed(&visitor.Party{ID: "bank", Redirect: callback, Browser: visitor.New(h.Issuer)}, h.Issuer)
	must(t, err)
	_, _, err = h.admit.Keep(t.Context(), admit.Application{ID: "bank", Name: "Bank", RedirectURIs: []string{callback}, JWKS: f.keyed.JWKS(), Proof: admit.Proof{FAPI: true}, Sandbox: true})
	must(t, err)
	f.person.Through(f.meter)
	f.party.Through(f.meter)
	f.keyed.Through(f.meter)
	must(t, f.person.Enrol())
	must(t, f.person.SignIn())
	f.verify(t) // what is read, prepared and remembered at the first time
	f.verifyKeyed(t)
	f.meter.spent = map[string]spending{}
	return f
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// verify is one whole verification.
func (f *flow) verify(t testing.TB) {
	t.Helper()
	at, err := f.person.Approve(f.party.Authorize(nil))
	must(t, err)
	got, err := f.party.Redeem(at.Query().Get("code"), nil)
	must(t, err)
	if got.ID == "" || got.Error != "" {
		t.Fatal(got.Error)
	}
}

// verifyKeyed is one of a party that keeps to FAPI 2.0: pushed, proven, bound,
// and looked at once.
func (f *flow) verifyKeyed(t testing.TB) {
	t.Helper()
	address, err := f.keyed.Push(nil)
	must(t, err)
	at, err := f.person.Approve(address)
	must(t, err)
	got, err := f.keyed.Redeem(at.Query().Get("code"))
	must(t, err)
	if got.ID == "" || got.Error != "" {
		t.Fatal(got.Error, got.Description)
	}
	info, err := f.keyed.UserInfo(got.Access)
	must(t, err)
	if info.Status != http.StatusOK {
		t.Fatal(info.Status, info.Body)
	}
}

// meter hands requests to a handler, and puts down by path what the process
// spent while it ran.
type meter struct {
	server http.Handler
	spent  map[string]spending
}

type spending struct {
	cpu            time.Duration
	objects, bytes uint64
}

func (m *meter) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, done := context.WithCancel(r.Context()) // as a server's: it can end
	defer done()
	in := r.Clone(ctx)
	in.RequestURI, in.Host, in.RemoteAddr = r.URL.RequestURI(), r.URL.Host, "127.0.0.1:9"
	var err error
	if in.URL, err = url.ParseRequestURI(in.RequestURI); err != nil {
		return nil, err
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	before := spentSoFar()
	m.server.ServeHTTP(w, in)
	m.spent[r.URL.Path] = m.spent[r.URL.Path].add(spentSoFar(), before)
	return w.Result(), nil
}

func (s spending) add(after, before spending) spending {
	return spending{s.cpu + after.cpu - before.cpu, s.objects + after.objects - before.objects, s.bytes + after.bytes - before.bytes}
}

func spentSoFar() (s spending) {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) == nil {
		s.cpu = time.Duration(used.Utime.Nano() + used.Stime.Nano())
	}
	allocated := []metrics.Sample{{Name: "/gc/heap/allocs:objects"}, {Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(allocated)
	s.objects, s.bytes = allocated[0].Value.Uint64(), allocated[1].Value.Uint64()
	return s
}

// A whole verification is one durable commit, and reads the store eleven times, three
// of them to know whether the citizen wants to be asked (ADR 0031), one whether use is stopped where UserInfo is
// asked (ADR 0067); one of a party of the FAPI level is more of both: a step that asks for more is noticed here.
func TestWhatAVerificationAsksOfTheStore(t *testing.T) {
	f := newFlow(t, suite.International)
	for name, most := range map[string]struct {
		verify         func(testing.TB)
		commits, reads uint64
	}{
		"ordinary": {f.verify, 1, 11},
		"FAPI":     {f.verifyKeyed, 4, 16},
	} {
		commits, reads := f.house.store.Commits(), f.house.store.Reads()
		for range 3 {
			most.verify(t)
		}
		if n := f.house.store.Commits() - commits; n != 3*most.commits {
			t.Errorf("%s: %d commits of three verifications, and not %d each", name, n, most.commits)
		}
		if n := f.house.store.Reads() - reads; n > 3*most.reads {
			t.Errorf("%s: %d reads of three verifications, and not %d each", name, n, most.reads)
		}
	}
}

// BenchmarkFlow is one whole verification after the other, through every handler
// of the server and the embedded store on disk: what of a verification is ours,
// without the system's part of connections. CPU time and memory are the process's while a handler
// runs, the writer's share included and the driver's own work not.
func BenchmarkFlow(b *testing.B) {
	collectLess() // as the server does
	for _, profile := range []suite.Profile{suite.International, suite.Dual} {
		f := newFlow(b, profile)
		b.Run("ordinary/"+string(profile), func(b *testing.B) { f.measure(b, f.verify) })
		b.Run("fapi/"+string(profile), func(b *testing.B) { f.measure(b, f.verifyKeyed) })
	}
}

func (f *flow) measure(b *testing.B, verify func(testing.TB)) {
	f.meter.spent = map[string]spending{}
	commits, reads := f.house.store.Commits(), f.house.store.Reads()
	b.ResetTimer()
	for range b.N {
		verify(b)
	}
	b.StopTimer()
	each := float64(b.N)
	var all spending
	for path, s := range f.meter.spent {
		all = all.add(s, spending{})
		b.ReportMetric(float64(s.cpu.Nanoseconds())/1000/each, "µs:"+path)
	}
	b.ReportMetric(float64(all.cpu.Nanoseconds())/1000/each, "cpu-µs/op")
	b.ReportMetric(float64(all.objects)/each, "objects/op")
	b.ReportMetric(float64(all.bytes)/each, "bytes/op")
	b.ReportMetric(float64(f.house.store.Commits()-commits)/each, "commits/op")
	b.ReportMetric(float64(f.house.store.Reads()-reads)/each, "reads/op")
}
