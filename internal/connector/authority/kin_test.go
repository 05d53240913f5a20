package authority_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"netid/internal/connector/authority"
	"netid/internal/fault"
	"netid/internal/identity"
)

// Who is whose guardian: a closed answer, nobody in it is nobody, and what is no
// answer is never a guardian.
func TestKin(t *testing.T) {
	s, c := sit(t)
	for path, ask := range map[string]func(context.Context, identity.PersonHandle) ([]identity.PersonHandle, error){"guardians": c.Guardians, "wards": c.Wards} {
		body := func(people ...identity.PersonHandle) {
			b, err := json.Marshal(authority.Related{People: people})
			if err != nil {
				t.Fatal(err)
			}
			s.body = string(b)
		}
		body("handle-of-one", "handle-of-two")
		if got, err := ask(t.Context(), "handle-of-a-child"); err != nil || len(got) != 2 || got[1] != "handle-of-two" || s.path != "POST /v1/"+path || string(s.asked) != `{"person":"handle-of-a-child"}` {
			t.Errorf("%v %v %s %s", got, err, s.path, s.asked)
		}
		body()
		if got, err := ask(t.Context(), "handle-of-a-child"); err != nil || len(got) != 0 {
			t.Errorf("%v %v", got, err)
		}
		var many []identity.PersonHandle
		for n := range 65 {
			many = append(many, identity.PersonHandle(fmt.Sprintf("handle-%08d", n)))
		}
		for what, people := range map[string][]identity.PersonHandle{"too many": many, "an empty name": {"handle-of-one", ""}} {
			body(people...)
			if got, err := ask(t.Context(), "handle-of-a-child"); !fault.Because(err, "authority_unavailable") || got != nil {
				t.Errorf("%s: %v %v", what, got, err)
			}
		}
		s.body = `{"people":"all"}`
		if _, err := ask(t.Context(), "handle-of-a-child"); !fault.Because(err, "authority_unavailable") {
			t.Error(err)
		}
	}
}
