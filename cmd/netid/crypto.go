package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"netid/internal/suite"
	"netid/internal/suite/keyring"
)

type cryptoCmd struct {
	Inventory cryptoInventoryCmd `cmd:"" help:"List every algorithm and every key: use, length, state, age; evidence for an assessment."`
}

type cryptoInventoryCmd struct {
	dataFlag
	JSON bool `help:"Print the inventory as JSON."`
}

// inventoried is a key of the keyring, or of the officers' months, as an
// assessor reads it.
type inventoried struct {
	ID        string    `json:"id"`
	Use       string    `json:"use"`
	Algorithm string    `json:"algorithm"`
	Bits      int       `json:"bits"`
	State     string    `json:"state"`
	Created   time.Time `json:"created"`
	AgeDays   int       `json:"age_days"`
}

func (c *cryptoInventoryCmd) Run(s *surroundings) error {
	ring, err := found(c.Data)
	if err != nil {
		return err
	}
	profile := ring.Profile()
	algorithms := suite.Inventory(profile)
	keys, err := inventory(ring, c.Data, algorithms)
	if err != nil {
		return err
	}
	if c.JSON {
		out := json.NewEncoder(s.out)
		out.SetIndent("", "  ")
		return out.Encode(map[string]any{"profile": profile, "algorithms": algorithms, "keys": keys, "certified_module": false})
	}
	fmt.Fprintf(s.out, "profile %s\n\n", profile)
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ALGORITHM\tBITS\tSTANDARD\tUSE\tEXCEPTION BECAUSE")
	for _, a := range algorithms {
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\n", a.Name, a.Bits, a.Standard, a.Use, a.Exception)
	}
	fmt.Fprintln(table, "\nKEY\tUSE\tALGORITHM\tBITS\tSTATE\tCREATED\tAGE")
	for _, k := range keys {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\t%s\t%d days\n", k.ID, k.Use, k.Algorithm, k.Bits, k.State, k.Created.Format(time.RFC3339), k.AgeDays)
	}
	fmt.Fprintln(table, "\nThe cryptography is software and not a certified module.")
	return table.Flush()
}

// inventory are the keys of the ring and of the officers' months: what they are, and
// nothing of them.
func inventory(ring *keyring.Ring, data string, algorithms []suite.Algorithm) (keys []inventoried, err error) {
	for _, e := range ring.List() {
		keys = append(keys, inventoried{e.ID, e.Use, e.Kind.Algorithm(), 256, string(e.State), e.Created, int(time.Since(e.Created).Hours() / 24)})
	}
	months, err := openQuorum(data)
	if err != nil {
		return nil, err
	}
	for _, e := range months.Months() {
		keys = append(keys, inventoried{e.ID, "officers " + e.Month + " " + e.Class, sealedTo(algorithms), 256, lifeOf(e), e.Created, int(time.Since(e.Created).Hours() / 24)})
	}
	return keys, nil
}

// sealedTo is the algorithm that seals to the officers' months.
func sealedTo(algorithms []suite.Algorithm) string {
	for _, a := range algorithms {
		if strings.Contains(a.Use, "officers' quorum") {
			return a.Name
		}
	}
	return ""
}
