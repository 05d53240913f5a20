package venue

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"netid/client"
)

const (
	maxReply  = 64 << 10         // bytes of the service's answers
	patience  = 10 * time.Second // of somebody at a gate
	ageOver18 = "age_over_18"
)

// Online asks the service about codes that it alone can check: this gate proves that
// it is the venue's.
type Online struct {
	Issuer, Client string
	Key            []byte // PEM: the venue's private key
	Over18         bool   // yes only to who proves to be over 18
	Web            *http.Client
	Draw           func() string // an id that was never used
	Now            func() time.Time

	mu   sync.Mutex // guards what follows
	jwks []byte     // of the service, as it was last read
}

// Reasons that only an online code meets.
const (
	refused   = "online_refused"   // not good, or not any more: unknown, used or late are one answer
	unreached = "online_unreached" // no network, or the service is out of order
	unproven  = "online_unproven"  // the service does not know this venue by this key
)

// Ask checks one online code: a yes uses it up.
func (o *Online) Ask(ctx context.Context, scanned string) Answer {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	result, why := o.redeem(ctx, scanned)
	switch {
	case why != "":
		return Answer{Online: true, Reason: why}
	case !result.Says["real_person"]:
		return Answer{Online: true, Reason: refused}
	case o.Over18 && !result.Says[ageOver18]:
		return Answer{Online: true, Reason: string(client.ErrSlipAge)}
	}
	return Answer{Online: true, Yes: true, Over18: result.Says[ageOver18], Receipt: result.Receipt}
}

func (o *Online) redeem(ctx context.Context, scanned string) (r client.Result, why string) {
	if _, err := client.ParseOnline(scanned, o.Issuer); err != nil {
		return r, Reason(err)
	}
	nonce, now := o.Draw(), o.Now()
	assertion, err := client.NewAssertion(o.Key, o.Client, o.Issuer, o.Draw(), now)
	if err != nil {
		return r, Reason(err)
	}
	form := url.Values{"client_id": {o.Client}, "client_assertion_type": {client.AssertionType}, "client_assertion": {assertion}, "code": {scanned}, "nonce": {nonce}}
	if o.Over18 {
		form.Set("ask", ageOver18)
	}
	status, body, err := o.send(ctx, http.MethodPost, "/scan", form)
	if err != nil {
		return r, unreached
	}
	var said struct{ Result, Error string }
	if json.Unmarshal(body, &said) != nil {
		return r, unreached
	}
	switch {
	case status == http.StatusOK:
	case said.Error == "invalid_grant":
		return r, refused
	case said.Error == "invalid_client" || said.Error == "access_denied":
		return r, unproven
	default:
		return r, unreached
	}
	if r, err = o.check(ctx, said.Result, nonce); err != nil {
		return r, Reason(err)
	}
	return r, ""
}

// check holds the answer against the service's keys: those that are known, or
// once more those that are published now.
func (o *Online) check(ctx context.Context, result, nonce string) (client.Result, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.jwks != nil {
		if r, err := client.CheckResult(result, o.jwks, o.Issuer, o.Client, nonce, o.Now()); Reason(err) != string(client.ErrKey) {
			return r, err
		}
	}
	status, body, err := o.send(ctx, http.MethodGet, "/jwks", nil)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("the service's keys: %d", status)
	}
	if err != nil {
		return client.Result{}, err
	}
	o.jwks = body
	return client.CheckResult(result, o.jwks, o.Issuer, o.Client, nonce, o.Now())
}

func (o *Online) send(ctx context.Context, method, path string, form url.Values) (status int, body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, method, o.Issuer+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := o.Web.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(io.LimitReader(answer.Body, maxReply))
	return answer.StatusCode, body, err
}
