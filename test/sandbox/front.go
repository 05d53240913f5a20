package sandboxtest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync/atomic"
	"time"
)

// Balancer sends each request to the next node that is ready, whoever asks; when
// none says so, to the next at which somebody listens. A request that reached a node which died is
// answered 502: nobody knows what came of it, and nobody repeats it. Messages to
// telephones lie in the memory of the node that sent them, so those are gathered.
func Balancer(at []string) http.Handler {
	var turn atomic.Uint64
	dial := func(ctx context.Context, network, _ string) (c net.Conn, err error) {
		first := turn.Add(1)
		for i := range 2 * uint64(len(at)) { // the second time round, whoever listens
			node := at[(first+i)%uint64(len(at))]
			if i < uint64(len(at)) && !ready(ctx, node) {
				continue
			}
			if c, err = new(net.Dialer).DialContext(ctx, network, node); err == nil {
				break
			}
		}
		return c, err
	}
	next := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: at[0]})
			r.Out.Host = r.In.Host
		},
		Transport: &http.Transport{DisableKeepAlives: true, DialContext: dial}, // a turn for each request
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/sandbox/outbox" {
			// Whole before it goes on: a node that answers at once would else have the server close
			// the body while the way to the node still looks for its end, and the answer is cut off.
			body, err := io.ReadAll(r.Body)
			if err != nil {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			next.ServeHTTP(w, r)
			return
		}
		all := []message{}
		for _, node := range at {
			all = append(all, messages(r.Context(), node)...)
		}
		slices.SortFunc(all, func(a, b message) int { return cmp.Compare(b.Time.UnixNano(), a.Time.UnixNano()) })
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]any{"messages": all})
	})
}

// ready asks before each request, so that no moment is missed.
func ready(ctx context.Context, node string) bool {
	ctx, stop := context.WithTimeout(ctx, 2*time.Second)
	defer stop()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+node+"/healthz", nil)
	if err != nil {
		return false
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return false
	}
	defer a.Body.Close()
	io.Copy(io.Discard, a.Body)
	return a.StatusCode == http.StatusOK
}

type message struct {
	Phone string    `json:"phone"`
	Text  string    `json:"text"`
	Code  string    `json:"code"`
	Time  time.Time `json:"time"`
}

// messages are those that a node sent; one that is dead has none.
func messages(ctx context.Context, node string) []message {
	ctx, stop := context.WithTimeout(ctx, 2*time.Second)
	defer stop()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+node+"/sandbox/outbox", nil)
	if err != nil {
		return nil
	}
	q.Header.Set("Accept", "application/json")
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return nil
	}
	defer a.Body.Close()
	var one struct{ Messages []message }
	if json.NewDecoder(a.Body).Decode(&one) != nil {
		return nil
	}
	return one.Messages
}
