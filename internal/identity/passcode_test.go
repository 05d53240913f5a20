package identity_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
)

func TestChoosePasscode(t *testing.T) {
	birth := identity.Date{Year: 1990, Month: 3, Day: 7}
	for s, want := range map[string]string{
		"11111111": "passcode_repeated", "12121212": "passcode_repeated", "12341234": "passcode_repeated",
		"12345678": "passcode_run", "87654321": "passcode_run", "78901234": "passcode_run", "32109876": "passcode_run",
		"19900307": "passcode_birthday", "07031990": "passcode_birthday", "03071990": "passcode_birthday", "20010911": "passcode_birthday",
		"1234567": "passcode_format", "123456789": "passcode_format", "1234567a": "passcode_format", "１２３４５６７８": "passcode_format", "": "passcode_format",
	} {
		if _, err := identity.ChoosePasscode(s, birth); !fault.Because(err, want) {
			t.Errorf("%s: %v, want %s", s, err, want)
		}
	}
	for _, s := range []string{"73914628", "00918273", "55512890"} {
		if _, err := identity.ChoosePasscode(s, birth); err != nil {
			t.Errorf("%s refused: %v", s, err)
		}
	}
}

func TestSecretsPrintNothing(t *testing.T) {
	p, err := identity.ParsePasscode("73914628")
	if err != nil {
		t.Fatal(err)
	}
	s := identity.NewSecret(identity.ES256, [32]byte{1, 2, 3, 0xAB})
	h := identity.NewHandle()
	for _, v := range []any{p, s, &s, struct{ S identity.Secret }{s}, identity.Keys{Identity: s}, struct{ P identity.Passcode }{p}, identity.NewRecoveryCode(), h, identity.NewPersonID()} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%s", "%q", "%d"} {
			out := fmt.Sprintf(verb, v)
			if strings.Contains(out, "73914628") || strings.Contains(strings.ToLower(out), "010203ab") || strings.Contains(out, "1 2 3 171") {
				t.Errorf("%s of %T prints its secret", verb, v)
			}
		}
	}
	if b, _ := json.Marshal(s); string(b) != `"secret"` {
		t.Errorf("JSON: %s", b)
	}
}
