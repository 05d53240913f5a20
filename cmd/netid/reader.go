package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"netid/internal/connector/pcsc"
	"netid/internal/emrtd/chip"
	"netid/internal/sandbox"
	"netid/internal/suite"
	"netid/internal/tool/reader"
	"netid/internal/web/citizen"
	"netid/internal/web/shell"
)

type readerCmd struct {
	Server  string `required:"" placeholder:"URL" help:"The service whose enrolment page may ask, and no other: https://id.example."`
	Reader  string `placeholder:"NAME" help:"The card reader to use (default: the first that a document lies on)."`
	Pcscd   string `env:"PCSCLITE_CSOCK_NAME" placeholder:"SOCKET" help:"Where pcscd listens (default: /run/pcscd/pcscd.comm)."`
	Virtual string `placeholder:"CARD" help:"Instead of a reader, a made-up document of the sandbox in --data: adult-passport, hongkong-permit, taiwan-permit."`
	Data    string `default:"var" placeholder:"DIR" help:"With --virtual: the sandbox's data directory (default: ${default})."`
}

// Run reads chips for one page, until it is asked to stop.
func (c *readerCmd) Run(s *surroundings) error {
	origin, err := reader.Origin(c.Server)
	if err != nil {
		return err
	}
	open, err := c.opens()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", citizen.ReaderHost)
	if err != nil {
		return fmt.Errorf("another netid reader may be running: %w", err)
	}
	defer l.Close()
	say := bilingual(s.out)
	say("ready", origin)
	if c.Virtual != "" {
		say("virtual", c.Virtual)
	}
	b, err := reader.New(reader.Config{Origin: origin, Host: citizen.ReaderHost, Open: open, Random: randomness{}, Tell: func(e reader.Event) { say(e.Name, e.Word) }})
	if err != nil {
		return err
	}
	return serveAll(s.ctx, slog.New(slog.NewTextHandler(s.errs, nil)), listening{l, b})
}

// opens is how a chip is reached: on a reader, or made of software.
func (c *readerCmd) opens() (func(context.Context) (reader.Card, error), error) {
	if c.Virtual == "" {
		socket := c.Pcscd
		if socket == "" {
			socket = pcsc.Socket
		}
		return func(ctx context.Context) (reader.Card, error) { return pcsc.Await(ctx, socket, c.Reader) }, nil
	}
	virtual, err := passport(c.Data, c.Virtual)
	if err != nil {
		return nil, err
	}
	return func(context.Context) (reader.Card, error) { return held{virtual}, nil }, nil
}

// passport is a made-up one, or a permit, of a sandbox that is there.
func passport(data, card string) (*chip.Chip, error) {
	if lost(data) {
		return nil, fmt.Errorf("%s is not there: start netid sandbox first", data)
	}
	people, err := sandbox.Found(data, time.Now)
	if err != nil {
		return nil, err
	}
	c, err := people.Chip(card)
	if err != nil {
		return nil, fmt.Errorf("the sandbox has no document %q with a chip to read: see its card drawer", card)
	}
	return c, nil
}

// held is a chip in a field that is switched off behind each conversation.
type held struct{ *chip.Chip }

func (h held) Close() error { h.Reset(); return nil }

// bilingual shows each event in both languages: nobody chose one here.
func bilingual(out io.Writer) func(event, word string) {
	words := shell.New(shell.Config{})
	return func(event, word string) {
		for _, locale := range []string{shell.Chinese, shell.English} {
			said := word
			if event == "refused" {
				said = words.Say(locale, "reason."+word)
			}
			fmt.Fprintln(out, words.Say(locale, "reader."+event, said))
		}
	}
}

// randomness is the suite's, as a reader.
type randomness struct{}

func (randomness) Read(b []byte) (int, error) { return copy(b, suite.Random(len(b))), nil }

type simulatorPassportCmd struct {
	Card string `arg:"" help:"A document of the sandbox that has a chip: adult-passport, hongkong-permit."`
	Data string `default:"var" placeholder:"DIR" help:"The sandbox's data directory (default: ${default})."`
	VPCD string `name:"vpcd" default:"127.0.0.1:35963" placeholder:"HOST:PORT" help:"Where vpcd, the virtual reader of vsmartcard, waits for a card (default: ${default})."`
}

// Run lays a made-up document on a virtual reader, until it is asked to stop.
func (c *simulatorPassportCmd) Run(s *surroundings) error {
	laid, err := passport(c.Data, c.Card)
	if err != nil {
		return err
	}
	conn, err := new(net.Dialer).DialContext(s.ctx, "tcp", c.VPCD)
	if err != nil {
		return err
	}
	defer context.AfterFunc(s.ctx, func() { conn.Close() })()
	fmt.Fprintf(s.out, "%s lies on the reader at %s\n", c.Card, c.VPCD)
	if err := laid.Lay(conn); err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}
