package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"netid/internal/protocol/trust"
)

// doorFlag says where the operator's door is: a sandbox has it on the network,
// a served one in its data directory, for whoever may read that directory.
type doorFlag struct {
	serverFlag
	Data string `placeholder:"DIR" help:"A served one's data directory on this machine, instead of --server."`
}

// operatorDoor is a socket that only the owner of the data directory reaches.
func operatorDoor(data string) string { return filepath.Join(data, "operator", "door") }

// openOperatorDoor listens for the operator on this machine. Who reaches it can
// read the keyring, and needs no other proof; so nothing secret opens the same
// door on a network (ADR 0012). Of servers that share a directory the last that
// started has it.
func (h *house) openOperatorDoor() (listening, error) {
	at := operatorDoor(h.Data)
	if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
		return listening{}, err
	}
	if err := os.Chmod(filepath.Dir(at), 0o700); err != nil { // it was there before
		return listening{}, err
	}
	if err := os.Remove(at); err != nil && !errors.Is(err, os.ErrNotExist) {
		return listening{}, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: at, Net: "unix"})
	if err != nil {
		return listening{}, err
	}
	l.SetUnlinkOnClose(false) // by then it may be another server's
	mux := &routes{ServeMux: http.NewServeMux()}
	h.forOperators(sandboxToken).Register(mux)
	trust.New(h.word, h.admit, h.Log).Register(mux)
	return listening{l, mux.ServeMux}, nil
}

// ask asks the door, and gives its answer or its refusal in words.
func (f doorFlag) ask(ctx context.Context, method, path string, in any) ([]byte, error) {
	return f.askWithin(ctx, 30*time.Second, method, path, in)
}

// askWithin waits as long as it is told, 0 until the context ends.
func (f doorFlag) askWithin(ctx context.Context, wait time.Duration, method, path string, in any) ([]byte, error) {
	client, base := &http.Client{Timeout: wait}, strings.TrimSuffix(f.Server, "/")
	if f.Data != "" {
		base = "http://operator"
		client.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", operatorDoor(f.Data))
		}}
	}
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+sandboxToken)
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no server answers: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= 300 {
		return nil, refusal(resp.Status, answer)
	}
	return answer, nil
}
