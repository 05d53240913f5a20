package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/quorum"
	"netid/internal/suite"
	"netid/internal/suite/keyring"
)

type officersCmd struct {
	Key    officersKeyCmd    `cmd:"" help:"Make an officer's key: the officer runs this, on a machine of their own, and keeps the file."`
	Found  officersFoundCmd  `cmd:"" help:"Name the officers by their public keys, and how many of them open a month together."`
	Months officersMonthsCmd `cmd:"" help:"Make the months' keys ahead, each split among the officers. Not on a machine that serves, where there is another."`
	List   officersListCmd   `cmd:"" help:"List officers and months: who opens what until when, and what is destroyed."`
}

type officersKeyCmd struct {
	Out     string `required:"" placeholder:"FILE" help:"Where the private key goes; must not exist."`
	Profile string `default:"international" placeholder:"NAME" help:"The service's profile: international, guomi or dual (default: ${default})."`
	Plain   bool   `help:"Do not seal the file under a passphrase."`
}

const officerNote = "An officer's private key of a netid service. Together with others it opens what law keeps of people who left. It never belongs on a machine that serves."

func (c *officersKeyCmd) Run(s *surroundings) error {
	profile, err := suite.ParseProfile(c.Profile)
	if err != nil {
		return err
	}
	o, err := quorum.NewOfficer(profile.Suite())
	if err != nil {
		return err
	}
	return writeKey(s, c.Out, c.Plain, "the officer's key", func(word []byte) ([]byte, error) { return o.File(word, officerNote) }, o.Public().Text())
}

type officersFoundCmd struct {
	dataFlag
	Officer   []string `required:"" placeholder:"PUBLIC_KEY" help:"What netid officers key printed; once for each officer."`
	Threshold int      `default:"3" help:"How many of them open a month together (default: ${default})."`
	Replace   bool     `help:"Other officers than before, for months that are made from now on. What was made stays with those who were."`
}

func (c *officersFoundCmd) Run(s *surroundings) error {
	q, err := openQuorum(c.Data)
	if err != nil {
		return err
	}
	var all []suite.Recipient
	for _, text := range c.Officer {
		r, err := suite.ParseRecipient(strings.TrimSpace(text))
		if err != nil {
			return fmt.Errorf("--officer %s is not what netid officers key printed: %w", text, err)
		}
		all = append(all, r)
	}
	if err := q.Found(all, c.Threshold, c.Replace); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "Any %d of %d officers. Now make the months: netid officers months --data %s --until %s\n", c.Threshold, len(all), c.Data, identity.MonthAt(time.Now())+11)
	return nil
}

type officersMonthsCmd struct {
	dataFlag
	Until string `required:"" placeholder:"YYYY-MM" help:"The last month to make, from this one on."`
}

func (c *officersMonthsCmd) Run(s *surroundings) error {
	last, err := identity.ParseMonth(c.Until)
	if err != nil {
		return err
	}
	q, err := openQuorum(c.Data)
	if err != nil {
		return err
	}
	made, err := q.Make(identity.MonthAt(time.Now()), last, law.Ends)
	if err == nil {
		fmt.Fprintf(s.out, "%d keys made, until %s. Their private halves are kept nowhere: the officers' shares alone rebuild them.\n", made, last)
	}
	return err
}

type officersListCmd struct{ dataFlag }

func (c *officersListCmd) Run(s *surroundings) error {
	q, err := openQuorum(c.Data)
	if err != nil {
		return err
	}
	ids, needed := q.Officers()
	fmt.Fprintf(s.out, "Officers, any %d of %d:\n", needed, len(ids))
	for _, id := range ids {
		fmt.Fprintln(s.out, " ", id)
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "MONTH\tKEEPS\tKEY\tQUORUM\tCREATED\tDESTROYED FROM\tSTATE")
	for _, e := range q.Months() {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d of %d\t%s\t%s\t%s\n", e.Month, e.Class, e.ID, e.Needed, e.Of, e.Created.Format(time.DateOnly), e.Until.Format(time.DateOnly), lifeOf(e))
	}
	return table.Flush()
}

func lifeOf(e quorum.Entry) string {
	switch {
	case !e.Destroyed.IsZero():
		return "destroyed " + e.Destroyed.Format(time.DateOnly)
	case !e.Ended.IsZero():
		return "being destroyed"
	}
	return "live"
}

// openQuorum opens the officers' files beside a running server or without one.
func openQuorum(data string) (*quorum.Quorum, error) {
	ring, err := found(data)
	if err != nil {
		return nil, err
	}
	return officersOf(data, ring, time.Now)
}

func officersOf(data string, ring *keyring.Ring, now func() time.Time) (*quorum.Quorum, error) {
	q, err := quorum.Open(quorumDir(data), ring.Secret("quorum"), now)
	if err != nil {
		return nil, fmt.Errorf("officers: %w", err)
	}
	return q, nil
}
