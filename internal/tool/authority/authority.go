// Package authority is the state's decoder and population register,
// simulated: a program of its own beside a sandbox, so that netid reaches it
// over the same wire, with the same failures, as it would the real one.
//
// It owns the answering side of /v1 (see connector/authority) and refuses to
// know netid, its store and its keys. Who the people are is the sandbox's.
//
// Invariant: it says that it is a simulator in every answer, refusals
// included, listens on the loopback address only, and ends when whoever
// started it does.
package authority

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	wire "netid/internal/connector/authority"
	"netid/internal/sandbox"
)

// Run serves the register under dir/authority until ctx ends or stdin does.
// The first line of stdin is the bearer token that questions must carry. Once
// it answers it prints one line: "listening http://127.0.0.1:PORT".
func Run(ctx context.Context, dir string, stdin io.Reader, stdout io.Writer) error {
	in := bufio.NewReaderSize(stdin, 4<<10)
	first, err := in.ReadSlice('\n')
	token := strings.TrimSpace(string(first))
	if err != nil || len(token) < 16 {
		return errors.New("authority: the first line of standard input must be a token of at least 16 characters")
	}
	register, err := sandbox.OpenRegister(dir)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: handler(register, token), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	orphaned := make(chan struct{})
	go func() {
		defer close(orphaned)
		io.Copy(io.Discard, in) // returns when the parent has closed its end, or died
	}()
	if _, err := fmt.Fprintf(stdout, "%shttp://%s\n", wire.Listening, l.Addr()); err != nil {
		return errors.Join(err, srv.Close())
	}
	select {
	case <-ctx.Done():
	case <-orphaned:
	case err := <-served:
		return err
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if srv.Shutdown(end) != nil {
		return srv.Close()
	}
	return nil
}
