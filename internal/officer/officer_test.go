package officer_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/act/assist"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/officer"
	"netid/test/kit"
)

// an answer has room for two things and for nothing else. Who adds a member says so here.
func TestWhatIsGivenIsTwoThings(t *testing.T) {
	var names func(reflect.Type) []string
	names = func(x reflect.Type) (all []string) {
		for x.Kind() == reflect.Pointer || x.Kind() == reflect.Slice {
			x = x.Elem()
		}
		if x.Kind() != reflect.Struct || x == reflect.TypeFor[time.Time]() || x == reflect.TypeFor[identity.Text]() {
			return nil
		}
		for f := range x.Fields() {
			tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			all = append(all, tag)
			for _, below := range names(f.Type) {
				all = append(all, tag+"."+below)
			}
		}
		return all
	}
	want := strings.Fields(`reference authority citation help way number pseudonym party from to made event
		identity identity.name identity.documents identity.documents.kind identity.documents.number
		log log.id log.kind log.time log.party log.name log.mode`)
	if got := names(reflect.TypeFor[officer.Answer]()); !slices.Equal(got, want) {
		t.Errorf("an answer holds %v", got)
	}
	kinds := []identity.EventKind{identity.SignedIn, identity.Verified, identity.Refreshed}
	for _, kind := range []identity.EventKind{identity.Enrolled, identity.Consented, identity.Declined, identity.Withdrawn, identity.Issued, identity.DeviceAdded, identity.Exported, identity.Reported, identity.RightAsked, "", "anything"} {
		if law.InAuthenticationLog(kind) {
			t.Errorf("%q is no authentication", kind)
		}
	}
	for _, kind := range kinds {
		if !law.InAuthenticationLog(kind) {
			t.Errorf("%q is missing", kind)
		}
	}
}

// opened are a citizen's release and rows, of two days' sign-ins.
func opened(t *testing.T) (k *kit.Kit, r assist.Release, rows []assist.Entry) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	k = kit.New(t, law.New())
	c := k.Adult(1)
	must(c.Enrol(ctx))
	must(c.SignIn(ctx))
	k.Advance(24 * time.Hour)
	must(c.SignIn(ctx))
	key, err := officer.NewAuthority(identity.ES256)
	must(err)
	day := k.Now().UTC().Truncate(24 * time.Hour)
	ref, err := k.Assist.Request(ctx, assist.Ask{By: "Ed", Authority: "an office", Citation: "a law", Key: key.Public().Text(), Help: "authentication-log", Number: string(c.Grant.Number), From: day.AddDate(0, 0, -1), To: day})
	must(err)
	for n, name := range []string{"Ann", "Bo"} {
		must(k.Assist.Name(ctx, assist.Officer{ID: k.Officers.Keys[n].Public().ID(), Name: name}))
		p, err := k.Assist.Paper(ctx, ref, k.Officers.Keys[n].Public().ID())
		must(err)
		word, err := officer.Yes(p, k.Officers.Keys[n])
		must(err)
		_, err = k.Assist.Approve(ctx, ref, word)
		must(err)
	}
	r, err = k.Assist.Release(ctx, ref)
	must(err)
	owner, err := officer.Owner(r, k.Officers.Keys...)
	must(err)
	rows, err = k.Assist.Rows(ctx, ref, owner)
	must(err)
	return k, r, rows
}

// N03: the officers' machine, too, gives no more than was asked, whatever it was handed.
func TestALogIsOfItsDaysAlone(t *testing.T) {
	k, r, rows := opened(t)
	keys := k.Officers.Keys
	if a, err := officer.Log(r, rows, k.Now(), keys...); err != nil || len(a.Log) != 2 || !a.Log[0].Time.Before(a.Log[1].Time) {
		t.Fatalf("%+v %v", a.Log, err)
	}
	one := r
	one.Request.From = r.Request.To
	if a, err := officer.Log(one, rows, k.Now(), keys...); err != nil || len(a.Log) != 1 {
		t.Errorf("%+v %v", a.Log, err)
	}
	if _, err := officer.Who(r, k.Now(), keys...); !fault.Because(err, "release_invalid") {
		t.Errorf("an identity of a log's release: %v", err)
	}
	if _, err := officer.Log(r, rows, k.Now(), keys[0]); !fault.Because(err, "quorum_short") {
		t.Errorf("by one: %v", err)
	}
	moved := slices.Clone(rows)
	for i := range moved {
		moved[i].ID = rows[(i+1)%len(rows)].ID
	}
	if a, err := officer.Log(r, moved, k.Now(), keys...); err != nil || len(a.Log) != 0 {
		t.Errorf("moved rows open: %+v %v", a.Log, err)
	}
	mixed := r
	mixed.Months = append(slices.Clone(r.Months), r.Months[0])
	mixed.Months[len(mixed.Months)-1].Index = []byte("another's")
	if _, err := officer.Log(mixed, rows, k.Now(), keys...); err == nil {
		t.Error("a month of another opens")
	}
	none := r
	none.Months = nil
	if _, err := officer.Owner(none, keys...); !fault.Because(err, "release_invalid") {
		t.Errorf("no month: %v", err)
	}
}

func TestAnAuthoritysKey(t *testing.T) {
	for _, s := range []identity.Suite{identity.ES256, identity.SM} {
		k, err := officer.NewAuthority(s)
		if err != nil {
			t.Fatal(err)
		}
		b, err := k.File([]byte("a long passphrase"), "test")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := officer.ReadAuthority(b, func() ([]byte, error) { return []byte("another passphrase"), nil }); !fault.Because(err, "authority_key_invalid") {
			t.Error(err)
		}
		again, err := officer.ReadAuthority(b, func() ([]byte, error) { return []byte("a long passphrase"), nil })
		if err != nil || again.Public().Text() != k.Public().Text() {
			t.Error(err)
		}
		sealed, err := officer.Seal(assist.Release{Request: assist.Request{Key: k.Public().Text()}}, officer.Answer{Reference: "r"})
		if err != nil {
			t.Fatal(err)
		}
		if a, err := again.Read(sealed); err != nil || a.Reference != "r" {
			t.Error(a, err)
		}
		if _, err := again.Read([]byte(strings.Replace(string(sealed), `"reference":"r"`, `"reference":"s"`, 1))); !fault.Because(err, "sealed_invalid") {
			t.Errorf("another request's: %v", err)
		}
	}
}

func FuzzRelease(f *testing.F) {
	b, _ := json.Marshal(assist.Release{Months: []assist.Month{{Month: "2026-11", Class: "logs", Packet: []byte(`{"version":1}`)}}})
	f.Add(b)
	f.Add([]byte(`{"request":{"help":"real-identity"},"identity":{}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := officer.Parse[assist.Release](b)
		if err != nil {
			return
		}
		if _, err := officer.Owner(r); err == nil {
			t.Error("nobody opened it")
		}
		if _, err := officer.Who(r, time.Time{}); err == nil {
			t.Error("nobody opened it")
		}
	})
}

func FuzzAnswer(f *testing.F) {
	k, err := officer.NewAuthority(identity.ES256)
	if err != nil {
		f.Fatal(err)
	}
	good, err := officer.Seal(assist.Release{Request: assist.Request{Key: k.Public().Text()}}, officer.Answer{Reference: "r"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, b []byte) {
		if a, err := k.Read(b); err == nil && a.Reference != "r" {
			t.Error("reads what nobody sealed")
		}
	})
}
