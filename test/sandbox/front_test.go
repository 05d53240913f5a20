package sandboxtest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	sandboxtest "netid/test/sandbox"
)

// The balancer takes turns, passes over the dead, and says 502 of a request that
// died under way, once.
func TestBalancer(t *testing.T) {
	var leaving atomic.Value // names of nodes that are not ready
	leaving.Store("")
	node := func(name string) *httptest.Server {
		return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/healthz":
				if strings.Contains(leaving.Load().(string), name) {
					w.WriteHeader(http.StatusServiceUnavailable)
				}
			case "/sandbox/outbox":
				fmt.Fprintf(w, `{"messages":[{"phone":%q,"text":"x"}]}`, name)
			case "/die":
				panic(http.ErrAbortHandler)
			default:
				io.WriteString(w, name)
			}
		}))
	}
	a, b := node("a"), node("b")
	defer a.Close()
	front := httptest.NewServer(sandboxtest.Balancer([]string{strings.TrimPrefix(a.URL, "http://"), strings.TrimPrefix(b.URL, "http://")}))
	defer front.Close()
	get := func(path string) (int, string) {
		t.Helper()
		r, err := http.Get(front.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r.StatusCode, string(body)
	}
	told := func() (all string) {
		for range 4 {
			status, body := get("/")
			all += fmt.Sprint(status, body, " ")
		}
		return all
	}
	if got := told(); got != "200b 200a 200b 200a " {
		t.Error("not in turns:", got)
	}
	leaving.Store("b")
	if got := told(); got != "200a 200a 200a 200a " {
		t.Error("one that leaves was asked:", got)
	}
	leaving.Store("ab")
	if got := told(); got != "200b 200a 200b 200a " {
		t.Error("none is ready, and they were not asked in turns:", got)
	}
	leaving.Store("")
	if _, body := get("/sandbox/outbox"); !strings.Contains(body, `"phone":"a"`) || !strings.Contains(body, `"phone":"b"`) {
		t.Error("messages of both:", body)
	}
	if status, _ := get("/die"); status != http.StatusBadGateway {
		t.Error("a request that died:", status)
	}
	b.Close()
	if got := told(); got != "200a 200a 200a 200a " {
		t.Error("the dead one was asked:", got)
	}
	if _, body := get("/sandbox/outbox"); !strings.Contains(body, `"phone":"a"`) || strings.Contains(body, `"phone":"b"`) {
		t.Error("messages of the living:", body)
	}
}
