package identity_test

import (
	"testing"

	"netid/internal/identity"
)

func TestRedirectURIsThatMustNotBeRegistered(t *testing.T) {
	for _, s := range []string{"https://rp/#x", "javascript:alert(1)", "http://rp/cb", "data:text/html,x", "https://u@rp/cb", "https://u:p@rp/cb",
		"//rp/cb", "/cb", "https:///cb", "https://rp\\@evil/cb", "https://rp/\n", "https://rp/ cb", "HTTP://localhost.evil/cb", "ftp://rp/cb", "", "https:rp"} {
		if _, err := identity.ParseRedirectURI(s); err == nil {
			t.Errorf("%q accepted", s)
		}
	}
	for _, s := range []string{"https://rp.example/cb", "https://rp.example:8443/cb?x=1", "http://127.0.0.1:7081/callback", "http://localhost/cb", "http://[::1]:9/cb"} {
		if _, err := identity.ParseRedirectURI(s); err != nil {
			t.Errorf("%q refused: %v", s, err)
		}
	}
}

func TestModes(t *testing.T) {
	for _, c := range []struct {
		asked, reached identity.Mode
		ok             bool
	}{
		{identity.ModeCert, identity.ModeCert, true}, {identity.ModeCert, identity.ModeCertPwdFace, true},
		{identity.ModeCertPwd, identity.ModeCert, false}, {identity.ModeCertPwd, identity.ModeCertFace, false}, {identity.ModeCertPwd, identity.ModeCertPwd, true},
		{identity.ModeCertFace, identity.ModeCert, false}, {identity.ModeCertFace, identity.ModeCertPwd, true}, {identity.ModeCertFace, identity.ModeCertFace, true},
		{identity.ModeCertPwdFace, identity.ModeCertFace, false}, {identity.ModeCertPwdFace, identity.ModeCertPwd, true}, {identity.ModeCertPwdFace, identity.ModeCertPwdFace, true},
	} {
		if got := c.asked.Satisfied(c.reached); got != c.ok {
			t.Errorf("%s reached %s: %v", c.asked, c.reached, got)
		}
	}
	for s, want := range map[string]identity.AgeMark{"over18": identity.Over18, "age_over_18": identity.Over18, "over60": identity.Over60} {
		if m, err := identity.ParseAgeMark(s); err != nil || m != want {
			t.Errorf("%s: %v %v", s, m, err)
		}
	}
	for _, s := range []string{"over21", "age", "18", "OVER18", ""} {
		if _, err := identity.ParseAgeMark(s); err == nil {
			t.Errorf("%s accepted", s)
		}
	}
}
