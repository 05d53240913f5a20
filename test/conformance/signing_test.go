package conformance_test

import (
	"net/http"
	"testing"
)

// signingModules are those that the plan of message signing has more: what may
// be wrong with a signed request.
func signingModules() []module {
	return named(fapi, []module{
		{"ensure-request-object-with-multiple-aud-succeeds", func(t *testing.T, p *party) {
			f := p.flow()
			f.object["aud"] = []string{"https://other.example", p.issuer}
			f.whole(t)
		}},
		{"ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted", func(t *testing.T, p *party) {
			f := p.flow()
			f.object["nbf"] = p.now().Unix() + 8
			f.whole(t)
		}},
		{"ensure-request-object-without-exp-fails", badObject("exp", func(int64) any { return nil })},
		{"ensure-request-object-without-nbf-fails", badObject("nbf", func(int64) any { return nil })},
		{"ensure-expired-request-object-fails", badObject("exp", func(now int64) any { return now - 60 })},
		{"ensure-request-object-with-bad-aud-fails", badObject("aud", func(int64) any { return "https://other.example" })},
		{"ensure-request-object-with-exp-over-60-fails", badObject("exp", func(now int64) any { return now + 70*60 })},
		{"australia-connectid-ensure-request-object-with-exp-over-10-fails", nil},
		{"ensure-request-object-with-nbf-over-60-fails", badObject("nbf", func(now int64) any { return now - 70*60 })},
		{"australia-connectid-ensure-request-object-with-nbf-over-15-fails", nil},
		{"ensure-signed-request-object-with-RS256-fails", func(t *testing.T, p *party) {
			f := p.flow()
			f.alg = "PS256" // the same key by the algorithm that it has
			f.whole(t)
			f.alg = "RS256"
			f.header = map[string]any{}
			f.push(t).no(t, http.StatusBadRequest, "invalid_request_object")
		}},
		{"ensure-request-object-signature-algorithm-is-not-none", badlySigned(func(f *flow) { f.alg = "none" })},
		{"ensure-request-object-with-invalid-signature-fails", func(t *testing.T, p *party) {
			f := p.flow()
			f.push(t, func(a *ask) {
				s := a.form.Get("request")
				a.form.Set("request", s[:len(s)-8]+"AAAAAAAA")
			}).no(t, http.StatusBadRequest, "invalid_request_object")
		}},
		{"ensure-matching-key-in-authorization-request", badlySigned(func(f *flow) { f.by = f.other })},
		{"ensure-unsigned-request-at-par-endpoint-fails", func(t *testing.T, p *party) {
			f := p.flow()
			f.unsigned = true
			f.push(t).no(t, http.StatusBadRequest, "invalid_request")
		}},
		{"par-authorization-request-containing-request_uri", badObject("request_uri", func(int64) any { return "urn:ietf:params:oauth:request_uri:" + digest("x") })},
	})
}

// badObject is a signed request with one claim that is not as it must be.
func badObject(name string, v func(now int64) any) func(*testing.T, *party) {
	return func(t *testing.T, p *party) {
		f := p.flow()
		f.object[name] = v(p.now().Unix())
		f.push(t).no(t, http.StatusBadRequest, "invalid_request_object")
	}
}

func badlySigned(change func(*flow)) func(*testing.T, *party) {
	return func(t *testing.T, p *party) {
		f := p.flow()
		change(f)
		f.push(t).no(t, http.StatusBadRequest, "invalid_request_object")
	}
}
