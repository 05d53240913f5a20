package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"netid/client"
)

// web answers requests by address, and remembers them.
type web struct {
	at    map[string]client.Reply
	asked []string
}

func (w *web) hop(_ context.Context, address string) (client.Reply, error) {
	w.asked = append(w.asked, address)
	r, there := w.at[address]
	if !there {
		return r, errors.New("nobody answers")
	}
	return r, nil
}

func says(code int, location string, body []byte) client.Reply {
	return client.Reply{Code: code, Location: location, Body: io.NopCloser(bytes.NewReader(body))}
}

// A list is asked for by https alone, by three redirections at most, and never read
// beyond what a list can have (J05).
func TestJ05Fetching(t *testing.T) {
	ctx, at, now := t.Context(), "https://netid.example/status/1", theMoment()
	list := []byte(shown("status list"))
	e := client.Expect{Keys: theVectors().Keys, Issuer: theVectors().Issuer}
	good, err := client.CheckStatusList(list, at, e, now)
	if err != nil {
		t.Fatal(err)
	}
	chain := func(n int, last client.Reply) map[string]client.Reply {
		m := map[string]client.Reply{}
		from := at
		for i := range n {
			to := fmt.Sprintf("https://cache%d.example/l", i)
			m[from] = says([]int{301, 302, 303, 307, 308}[i%5], to, nil)
			from = to
		}
		m[from] = last
		return m
	}
	for name, c := range map[string]struct {
		at   map[string]client.Reply
		seen client.StatusList
		want bool
		asks int
	}{
		"at its address":               {chain(0, says(200, "", list)), client.StatusList{}, true, 1},
		"by three redirections":        {chain(3, says(200, "", list)), good, true, 4},
		"by four":                      {chain(4, says(200, "", list)), client.StatusList{}, false, 4},
		"by a loop":                    {map[string]client.Reply{at: says(302, at, nil)}, client.StatusList{}, false, 4},
		"by http":                      {map[string]client.Reply{at: says(302, "http://netid.example/status/1", nil), "http://netid.example/status/1": says(200, "", list)}, client.StatusList{}, false, 1},
		"to a file":                    {map[string]client.Reply{at: says(302, "file:///etc/passwd", nil)}, client.StatusList{}, false, 1},
		"with somebody's password":     {map[string]client.Reply{at: says(302, "https://a:b@netid.example/", nil)}, client.StatusList{}, false, 1},
		"to nowhere":                   {map[string]client.Reply{at: says(302, "", nil)}, client.StatusList{}, false, 1},
		"relative":                     {map[string]client.Reply{at: says(302, "/other#x", nil), "https://netid.example/other": says(200, "", list)}, client.StatusList{}, true, 2},
		"nobody answers":               {nil, client.StatusList{}, false, 1},
		"an error":                     {chain(0, says(503, "", list)), client.StatusList{}, false, 1},
		"nothing":                      {chain(0, client.Reply{Code: 200}), client.StatusList{}, false, 1},
		"without end":                  {chain(0, client.Reply{Code: 200, Body: io.NopCloser(endless{})}), client.StatusList{}, false, 1},
		"no list":                      {chain(0, says(200, "", []byte("<html>"))), client.StatusList{}, false, 1},
		"older than one that was seen": {chain(0, says(200, "", list)), client.StatusList{URI: at, Issued: good.Issued.Add(1)}, false, 1},
	} {
		w := &web{at: c.at}
		got, err := client.FetchStatusList(ctx, at, c.seen, e, w.hop, now)
		if (err == nil) != c.want || err != nil && !errors.Is(err, client.ErrStatus) || c.want && got.URI != at || len(w.asked) != c.asks {
			t.Errorf("%s: %v after %q", name, err, w.asked)
		}
	}
	for _, address := range []string{"http://netid.example/status/1", "", "netid.example", "https:///x", "ftp://netid.example/1"} {
		w := &web{}
		if _, err := client.FetchStatusList(ctx, address, client.StatusList{}, e, w.hop, now); !errors.Is(err, client.ErrStatus) || len(w.asked) > 0 {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// endless gives bytes for as long as somebody reads.
type endless struct{}

func (endless) Read(b []byte) (int, error) { return copy(b, strings.Repeat("x", len(b))), nil }

// FuzzFetchStatusList: wherever a redirection leads, only https is asked, four times at most.
func FuzzFetchStatusList(f *testing.F) {
	f.Add("https://a.example/x", 302, "/y")
	f.Fuzz(func(t *testing.T, address string, code int, location string) {
		n := 0
		client.FetchStatusList(t.Context(), address, client.StatusList{}, client.Expect{}, func(_ context.Context, asked string) (client.Reply, error) {
			if n++; n > 4 || !strings.HasPrefix(asked, "https://") {
				t.Fatalf("%d: %q", n, asked)
			}
			return says(code, location, nil), nil
		}, theMoment())
	})
}
