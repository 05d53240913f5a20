package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"netid/test/visitor"
)

const callback = "http://127.0.0.1:9/callback" // nobody listens there: the driver reads the address itself

// first of the crowd: below are the telephones of the sandbox's own people.
const first = 100000

// measure does the whole of it.
func measure(ctx context.Context, o options, db *database, log io.Writer) ([]figure, error) {
	if o.People < o.Workers || o.Workers < 1 || o.Verifications < 1 {
		return nil, fmt.Errorf("%d people, %d workers and %d verifications: there are at least as many people as workers, and one of each", o.People, o.Workers, o.Verifications)
	}
	if o.Data != "" {
		return among(ctx, o, db, log)
	}
	data, err := os.MkdirTemp("", "netid-load-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(data)
	s, err := start(ctx, o, db, filepath.Join(data, "var"))
	if err != nil {
		return nil, err
	}
	defer s.stop()
	party, err := register(ctx, o, s, "load")
	if err != nil {
		return nil, err
	}
	people := make([]*visitor.Citizen, o.People)
	fmt.Fprintf(log, "%d people enrol …\n", o.People)
	enrolled, err := stage("enrol", s, o.People, o.Workers, func(_, n int) error {
		c, err := visitor.NewCitizen(s.url, fmt.Sprintf("crowd-%d-card", first+n), fmt.Sprintf("100%08d", first+n))
		if err == nil {
			err = c.Enrol()
		}
		people[n] = c
		return err
	})
	if err != nil {
		return nil, err
	}
	signed, err := stage("sign in", s, o.People, o.Workers, func(_, n int) error { return people[n].SignIn() })
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(log, "%d verifications, %d at a time …\n", o.Verifications, o.Workers)
	verified, err := stage("verify", s, o.Verifications, o.Workers, func(worker, n int) error {
		return verify(people[o.turn(worker, n)], party)
	})
	return []figure{enrolled, signed, verified}, err
}

// verify is one whole verification: request, page, signed decision, answer, code for tokens.
func verify(c *visitor.Citizen, party *visitor.Party) error {
	code, err := ask(c, party)
	if err == nil {
		err = redeem(party, code)
	}
	return err
}

func ask(c *visitor.Citizen, party *visitor.Party) (code string, err error) {
	at, err := c.Approve(party.Authorize(nil))
	if err != nil {
		return "", err
	}
	if code = at.Query().Get("code"); code == "" {
		err = fmt.Errorf("the party is answered with %s", at.Query().Get("error"))
	}
	return code, err
}

func redeem(party *visitor.Party, code string) error {
	t, err := party.Redeem(code, nil)
	if err == nil && (t.ID == "" || t.Error != "") {
		err = fmt.Errorf("the token endpoint says %q", t.Error)
	}
	return err
}

// register makes the party, as a developer would.
func register(ctx context.Context, o options, s *server, id string) (*visitor.Party, error) {
	out, err := exec.CommandContext(ctx, o.Binary, "party", "add", "--server", s.url, "--id", id, "--name", "Load", "--redirect-uri", callback).Output()
	if err != nil {
		return nil, fmt.Errorf("party add: %w", err)
	}
	var said struct {
		Secret string `json:"client_secret"`
	}
	if err := json.Unmarshal(out, &said); err != nil {
		return nil, err
	}
	return &visitor.Party{ID: id, Secret: said.Secret, Redirect: callback, Browser: visitor.New(s.url)}, nil
}
