package main

import (
	"fmt"
	"os"
	"time"

	"netid/client"
	"netid/internal/identity"
)

type partyProveCmd struct {
	ID       string `required:"" help:"Client identifier."`
	Key      string `required:"" placeholder:"FILE" type:"existingfile" help:"Its private key: PEM, P-256. It is read and stays here."`
	Audience string `required:"" placeholder:"URL" help:"As the page /partner/parties shows it: for one organisation at one service."`
}

// Run prints an assertion by which an organisation claims a party that is registered (ADR
// 0064): good once, for a minute.
func (c *partyProveCmd) Run(s *surroundings) error {
	key, err := os.ReadFile(c.Key)
	if err != nil {
		return err
	}
	if _, err := identity.ParsePartyID(c.ID); err != nil {
		return err
	}
	assertion, err := client.NewAssertion(key, c.ID, c.Audience, identity.NewHandle().Text(), time.Now())
	if err != nil {
		return fmt.Errorf("%s: %w", c.Key, err)
	}
	fmt.Fprintln(s.out, assertion)
	return nil
}
