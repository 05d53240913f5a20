package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// A request that says in two ways where it ends is answered 400 (or 501) and
// ends the connection (E12): what hides behind it is never a request of its own.
func TestRequestsCannotBeSmuggled(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	var mu sync.Mutex // guards asked
	asked := map[string]int{}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- serveAll(ctx, slog.New(slog.DiscardHandler), listening{l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			mu.Lock()
			defer mu.Unlock()
			asked[r.URL.Path]++
		})})
	}()
	defer func() {
		stop()
		must(t, <-done)
	}()
	const hidden = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
	post := func(headers, body string) string {
		return "POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n" + headers + "\r\n" + body + hidden
	}
	const chunked, none = "Transfer-Encoding: chunked\r\n", "0\r\n\r\n"
	for name, c := range map[string]struct {
		text string
		fine bool // it is one good request, and another after it
	}{
		"a good one":                      {post("Content-Length: 3\r\n", "a=b"), true},
		"a good one in chunks":            {post(chunked, "3\r\na=b\r\n"+none), true},
		"two lengths":                     {post("Content-Length: 3\r\nContent-Length: 4\r\n", "a=b"), false},
		"a length with a sign":            {post("Content-Length: +3\r\n", "a=b"), false},
		"a negative length":               {post("Content-Length: -3\r\n", "a=b"), false},
		"a length in hexadecimal":         {post("Content-Length: 0x3\r\n", "a=b"), false},
		"a list of lengths":               {post("Content-Length: 3, 3\r\n", "a=b"), false},
		"two codings":                     {post(chunked+"Transfer-Encoding: identity\r\n", none), false},
		"a list of codings":               {post("Transfer-Encoding: identity, chunked\r\n", none), false},
		"a coding that is none":           {post("Transfer-Encoding: xchunked\r\n", none), false},
		"a coding behind a vertical tab":  {post("Transfer-Encoding: \x0bchunked\r\n", none), false},
		"a coding and a space before it":  {post("Transfer-Encoding : chunked\r\n", none), false},
		"a header that goes on":           {post("X: y\r\n Transfer-Encoding: chunked\r\n", none), false},
		"a NUL in a header":               {post("X: \x00\r\n", none), false},
		"a bare carriage return":          {post("X: a\rTransfer-Encoding: chunked\r\n", none), false},
		"a negative chunk":                {post(chunked, "-3\r\na=b\r\n"+none), false},
		"a chunk with a sign":             {post(chunked, "+3\r\na=b\r\n"+none), false},
		"a chunk longer than any":         {post(chunked, "ffffffffffffffff3\r\na=b\r\n"+none), false},
		"a chunk longer than it says":     {post(chunked, "3\r\na=bc\r\n"+none), false},
		"a target with a space":           {"GET /to ken HTTP/1.1\r\nHost: x\r\n\r\n" + hidden, false},
		"another protocol in the request": {"GET /token HTTP/1.1 HTTP/1.1\r\nHost: x\r\n\r\n" + hidden, false},
	} {
		mu.Lock()
		asked = map[string]int{}
		mu.Unlock()
		conn, err := net.Dial("tcp", l.Addr().String())
		must(t, err)
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		fmt.Fprint(conn, c.text)
		conn.(*net.TCPConn).CloseWrite()
		from := bufio.NewReader(conn)
		var last int
		for {
			r, err := http.ReadResponse(from, nil)
			if err != nil {
				if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Logf("%s: %v", name, err)
				}
				break
			}
			io.Copy(io.Discard, r.Body)
			last = r.StatusCode
		}
		conn.Close()
		mu.Lock()
		if through := asked["/hidden"]; through != map[bool]int{true: 1}[c.fine] {
			t.Errorf("%s: what is behind it was asked %d times, after status %d", name, through, last)
		}
		mu.Unlock()
	}
}
