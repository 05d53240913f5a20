package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"netid/test/visitor"
)

// deviceSize is what netid populate keeps of each device in crowd.devices: the
// certificate's id of 16 bytes, then the private key.
const deviceSize = 16 + 32

// among measures the acts among the many that a populated directory holds: what
// an act costs must not depend on how many they are.
func among(ctx context.Context, o options, db *database, log io.Writer) ([]figure, error) {
	devices, err := os.Open(filepath.Join(o.Data, "crowd.devices"))
	if err != nil {
		return nil, err
	}
	defer devices.Close()
	info, err := devices.Stat()
	if err != nil {
		return nil, err
	}
	everybody := int(info.Size() / deviceSize)
	if everybody < o.People {
		return nil, fmt.Errorf("%d people are fewer than %d", everybody, o.People)
	}
	began := time.Now()
	s, err := start(ctx, o, db, o.Data)
	if err != nil {
		return nil, err
	}
	defer s.stop()
	fmt.Fprintf(log, "%d people; the server was ready after %.2f s\n", everybody, time.Since(began).Seconds())
	party, err := register(ctx, o, s, fmt.Sprintf("load-%d", began.UnixNano()))
	if err != nil {
		return nil, err
	}
	// Each run takes others, since the last one erased its own.
	shift := int(began.UnixNano() % int64(everybody))
	people := make([]*visitor.Citizen, o.People)
	for i := range people {
		if people[i], err = holder(s, devices, (shift+i*(everybody/o.People))%everybody); err != nil {
			return nil, err
		}
	}
	return acts{o, s, party, people, make([]string, o.Verifications)}.measure(everybody + int(began.Unix()%1e6)*1000)
}

// holder is the n-th person with their device.
func holder(s *server, devices *os.File, n int) (*visitor.Citizen, error) {
	b := make([]byte, deviceSize)
	if _, err := devices.ReadAt(b, int64(n)*deviceSize); err != nil {
		return nil, err
	}
	return visitor.Holding(s.url, base64.RawURLEncoding.EncodeToString(b[:16]), b[16:])
}

// acts are measured one after the other, each of all people.
type acts struct {
	options
	server *server
	party  *visitor.Party
	people []*visitor.Citizen
	codes  []string
}

// measure lets as many new people enrol, the first of whom is newcomer, and
// erases those that were there.
func (a acts) measure(newcomer int) (figures []figure, err error) {
	for _, act := range []struct {
		name  string
		count int
		one   func(worker, n int) error
	}{
		{"enrol", a.People, func(_, n int) error {
			c, err := visitor.NewCitizen(a.server.url, fmt.Sprintf("crowd-%d-card", newcomer+n), fmt.Sprintf("100%08d", (newcomer+n)%1e8))
			if err == nil {
				err = c.Enrol()
			}
			return err
		}},
		{"sign in", a.People, func(_, n int) error { return a.people[n].SignIn() }},
		{"authorize", a.Verifications, func(worker, n int) (err error) {
			a.codes[n], err = ask(a.people[a.turn(worker, n)], a.party)
			return err
		}},
		{"verify", a.Verifications, func(_, n int) error { return redeem(a.party, a.codes[n]) }},
		{"look", a.People, func(_, n int) error { return page(a.people[n].Get("/records")) }},
		{"erase", a.People, func(_, n int) error {
			return page(a.people[n].Post("/erase", url.Values{"passcode": {a.people[n].Passcode}, "confirm": {"erase"}}))
		}},
	} {
		f, err := stage(act.name, a.server, act.count, a.Workers, act.one)
		if err != nil {
			return nil, err
		}
		figures = append(figures, f)
	}
	return figures, nil
}

// turn is whose the n-th verification is. A person is one worker's, so that no
// two of their verifications meet.
func (o options) turn(worker, n int) int {
	mine := (o.People - worker + o.Workers - 1) / o.Workers
	return worker + o.Workers*(n%mine)
}

func page(a *visitor.Answer, err error) error {
	if err == nil && a.Status != http.StatusOK {
		err = fmt.Errorf("%s answers %d %s", a.At, a.Status, a.Reason())
	}
	return err
}
