// Command netid-cluster starts a deployment of several machines on this one,
// says how to break it, and breaks it on request (make cluster).
//
// It owns the conversation with whoever tries it; package clustertest does the rest.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	clustertest "netid/test/cluster"
)

type options struct {
	Binary string `default:"bin/netid" help:"The program to run (default: ${default})."`
	Dir    string `placeholder:"DIR" help:"Where everything lies (default: a new directory, removed at the end)."`
	Port   int    `default:"7080" help:"Of the balancer on localhost (default: ${default})."`
	Async  bool   `help:"Without synchronous replication: what is acknowledged can be lost."`
}

func main() {
	var o options
	kong.Parse(&o, kong.Name("netid-cluster"), kong.Description("Three PostgreSQL servers, three netid nodes and a balancer, to be broken."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "netid-cluster:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, in io.Reader, out io.Writer) error {
	binary, err := filepath.Abs(o.Binary)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "starting three PostgreSQL servers, three netid nodes and a balancer …")
	c, err := clustertest.Start(clustertest.Options{Binary: binary, Dir: o.Dir, Port: o.Port, Async: o.Async})
	if err != nil {
		return err
	}
	defer c.Close()
	strikes := append(c.Strikes(), c.NodeStrikes()...)
	fmt.Fprintf(out, "\n%s\n  people and parties   %s\n  the primary          psql %s\n  commands             NETID_STORE='%s' %s ledger verify --data %s\n\nTo break it, type:\n",
		c, c.URL, c.Store, c.Store, binary, c.Data)
	for _, s := range strikes {
		fmt.Fprintf(out, "  %-9s%s\n", s.Word, s.About)
	}
	fmt.Fprintf(out, "  mend     what was broken last comes back\n  (empty)  who is what now\nOn one terminal more: bin/netid persona list --server %s\nStop: Ctrl-C\n> ", c.URL)
	return converse(ctx, c, strikes, in, out)
}

// converse breaks and mends until the input or the context ends. Without a
// terminal the input ends at once, and the context alone counts.
func converse(ctx context.Context, c *clustertest.Cluster, strikes []clustertest.Strike, in io.Reader, out io.Writer) error {
	words := make(chan string)
	go func() {
		for lines := bufio.NewScanner(in); lines.Scan(); {
			words <- strings.TrimSpace(lines.Text())
		}
	}()
	mends := []func() error{}
	for {
		var word string
		select {
		case <-ctx.Done():
			fmt.Fprintln(out, "\nstopping …")
			return nil
		case word = <-words:
		}
		began := time.Now()
		var err error
		switch {
		case word == "mend" && len(mends) > 0:
			err = mends[len(mends)-1]()
			mends = mends[:len(mends)-1]
		case word == "mend":
			fmt.Fprintln(out, "nothing is broken")
		case word != "":
			var mend func() error
			if mend, err = strike(strikes, word); err == nil {
				mends = append(mends, mend)
			}
		}
		if err != nil {
			fmt.Fprintln(out, err)
		}
		fmt.Fprintf(out, "%s(%.0f s)\n> ", c, time.Since(began).Seconds())
	}
}

func strike(all []clustertest.Strike, word string) (func() error, error) {
	for _, s := range all {
		if s.Word == word {
			return s.Do()
		}
	}
	return nil, fmt.Errorf("there is no way to break it called %q", word)
}
