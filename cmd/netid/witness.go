package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"netid/client"
	"netid/internal/disk"
	"netid/internal/tool/witness"
)

type witnessCmd struct {
	Log    string        `required:"" placeholder:"URL" help:"The ledger's prefix, such as https://id.example/ledger."`
	LogKey string        `placeholder:"FILE|KEY" help:"The ledger's verifier key. Without it the first start takes what URL/keys says. It keeps to it, and to those that it hands over to."`
	Key    string        `required:"" placeholder:"FILE" help:"The witness's signing key; made at the first start."`
	State  string        `required:"" placeholder:"FILE" help:"What the witness remembers; made at the first start, never to be lost."`
	Name   string        `placeholder:"NAME" help:"The witness's name for a new key, such as witness.example/w1."`
	Listen string        `placeholder:"HOST:PORT" help:"Serve POST /add-checkpoint, and GET /checkpoint and /key."`
	Poll   time.Duration `default:"10s" help:"How often the ledger is asked for a newer head; 0: only what is pushed (default: ${default})."`
}

func (c *witnessCmd) Run(s *surroundings) error {
	if c.Listen == "" && c.Poll <= 0 {
		return errors.New("with neither --listen nor --poll a witness sees nothing")
	}
	log := slog.New(slog.NewTextHandler(s.errs, nil))
	fetch := witness.Web(c.Log, &http.Client{Timeout: 30 * time.Second})
	memory, key, err := c.open(s.ctx, fetch, log)
	if err != nil {
		return err
	}
	defer memory.Close()
	w := witness.New(key, memory, time.Now)
	fmt.Fprintf(s.out, "witness key: %s\nledger key: %s\n", w.Key(), memory.LogKey())
	if c.Listen == "" {
		w.Follow(s.ctx, fetch, c.Poll, log)
		return nil
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "witness: http://%s\n", l.Addr())
	ctx, stop := context.WithCancel(s.ctx)
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		if c.Poll > 0 {
			w.Follow(ctx, fetch, c.Poll, log)
		} else {
			w.FollowKeys(ctx, fetch, log)
		}
	}()
	err = serveAll(ctx, log, listening{l, w.Handler(log)})
	stop()
	<-followed
	return err
}

// open reads what the witness remembers and its key. Both are made at the
// first start, together: a key without its memory would sign anything.
func (c *witnessCmd) open(ctx context.Context, fetch client.Fetch, log *slog.Logger) (*witness.Memory, witness.Key, error) {
	memory, err := c.memory(ctx, fetch, log)
	if err != nil {
		return nil, witness.Key{}, err
	}
	key, err := c.key(memory)
	if err != nil {
		memory.Close()
	}
	return memory, key, err
}

func (c *witnessCmd) memory(ctx context.Context, fetch client.Fetch, log *slog.Logger) (*witness.Memory, error) {
	given := ""
	if c.LogKey != "" {
		var err error
		if given, err = keyOrFile(c.LogKey); err != nil {
			return nil, err
		}
	}
	if k, err := client.ParseKeys(given); err == nil { // perhaps a whole listing: its newest keys are pinned
		given = strings.TrimSpace(k.Newest().String())
	}
	if lost(c.State) {
		if !lost(c.Key) {
			return nil, fmt.Errorf("%s is there and what it remembered in %s is not: a witness that forgot must not sign again; take a new key", c.Key, c.State)
		}
		if given == "" {
			b, err := fetch(ctx, "keys")
			if err != nil {
				return nil, err
			}
			k, err := client.ParseKeys(string(b))
			if err != nil {
				return nil, err
			}
			given = strings.TrimSpace(k.Newest().String())
			log.Warn("the ledger's key is taken from the ledger itself; compare it with one from elsewhere", "key", given)
		}
		return witness.NewMemory(c.State, given)
	}
	memory, err := witness.OpenMemory(c.State)
	if err != nil {
		return nil, err
	}
	if given != "" && !memory.Knows(given) {
		memory.Close()
		return nil, fmt.Errorf("%s is about the ledger of %s", c.State, memory.LogKey())
	}
	return memory, nil
}

func (c *witnessCmd) key(memory *witness.Memory) (witness.Key, error) {
	if !lost(c.Key) {
		return witness.ReadKey(c.Key)
	}
	if !memory.Empty() {
		return witness.Key{}, fmt.Errorf("%s is missing: what %s remembers was signed with it", c.Key, c.State)
	}
	key, err := witness.NewKey(c.Name)
	if err != nil {
		return key, err
	}
	return key, disk.Write(c.Key, key.Bytes())
}
