// Command netid-load measures a netid: it starts a sandbox, enrols ordinary
// people of its crowd, lets them verify themselves at a party through the real
// doors, and prints rate, latencies, the server's CPU time, durable commits and
// bytes written for each operation.
//
// It owns the load and its arithmetic, and meets netid as its users do: over
// HTTP and the command line. Counts are fixed and nothing is timed out early,
// so that two runs do the same work.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

type options struct {
	Binary        string   `default:"bin/netid" help:"The program to measure (default: ${default})."`
	Profile       string   `placeholder:"NAME" help:"Its profile: international, guomi or dual."`
	Store         []string `default:"embedded" sep:"none" placeholder:"NAME" help:"Its store: embedded, postgres (a private server from the distribution's packages, with its CPU time), or an address as netid sandbox --store takes it. Again: measure over each (default: ${default})."`
	Data          string   `placeholder:"DIR" help:"Measure among the people that netid populate put there, some of whom are erased; without: in a new directory."`
	People        int      `default:"32" help:"How many people enrol (default: ${default})."`
	Verifications int      `default:"2000" help:"How many whole verifications (default: ${default})."`
	Workers       int      `default:"8" help:"How many at a time, of different people (default: ${default})."`
	JSON          bool     `help:"Print the figures as JSON."`
}

func main() {
	var o options
	kong.Parse(&o, kong.Name("netid-load"), kong.Description("Measure a netid with whole verifications."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	figures, err := measureAll(ctx, o, os.Stderr)
	if err == nil {
		err = print(os.Stdout, o, figures)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "netid-load:", err)
		os.Exit(1)
	}
}

// measureAll measures over each store. PostgreSQL that is not installed is left out, and said.
func measureAll(ctx context.Context, o options, log io.Writer) (all []figure, err error) {
	for _, name := range o.Store {
		db, err := opened(name)
		var none *missing
		if errors.As(err, &none) {
			fmt.Fprintf(log, "%s is skipped: %v\n", name, none)
			continue
		}
		if err != nil {
			return nil, err
		}
		figures, err := measure(ctx, o, db, log)
		if db != nil {
			db.close()
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, figures...)
	}
	return all, nil
}

func print(out io.Writer, o options, figures []figure) error {
	if o.JSON {
		return json.NewEncoder(out).Encode(figures)
	}
	return table(out, figures)
}
