// Package conformance_test re-expresses the modules of the OpenID Foundation's
// conformance suite, under their names, as black-box tests of the real program:
// behind TLS, with parties that the suite calls clients and a citizen who
// approves. docs/conformance.md is the table of them, and is held to this list.
//
// It owns what a party sends, rightly and wrongly, and refuses to know anything
// of netid but its metadata, its endpoints and the public words of its answers.
//
// Invariant: a module passes in every variant that the suite runs it in, or
// docs/conformance.md says why not.
package conformance_test

import (
	"testing"
	"time"
)

// module is one of the suite's, with what it does here.
type module struct {
	name string
	run  func(*testing.T, *party) // nil: the table says why, and where else it is shown
}

// wait is how long a module waits that waits at all: for longer than codes and
// pushed requests live, and for less than access tokens. They all wait together.
const wait = 91 * time.Second

// waiting are what modules do when they have waited.
type waiting struct {
	name string
	then func(*testing.T)
}

// run is a plan of the suite's for parties of one variant.
type run struct {
	plan string
	variant
	modules []module
}

// runs are all variants of the security profile, and of message signing, whose
// plan has the same modules and more, all of them once.
func runs() []run {
	const security, signing = "fapi2-security-profile-final-test-plan", "fapi2-message-signing-final-test-plan"
	return []run{
		{"oidcc-basic-certification-test-plan", variant{auth: secret}, basicModules()},
		{"oidcc-config-certification-test-plan", variant{auth: secret}, configModules()},
		{security, variant{key, dpop, false}, securityModules()},
		{security, variant{key, cert, false}, securityModules()},
		{security, variant{cert, dpop, false}, securityModules()},
		{security, variant{cert, cert, false}, securityModules()},
		{signing, variant{key, dpop, true}, append(securityModules(), signingModules()...)},
		{signing, variant{cert, cert, true}, signingModules()},
		{"oid4vci-1_0-issuer-test-plan", variant{auth: secret}, issuerModules()},
		{"oid4vci-1_0-issuer-haip-test-plan", variant{auth: secret}, walletModules()},
	}
}

// isFor reports whether the suite runs a module for parties of a variant.
func (m module) isFor(v variant) bool {
	return !(v.bound != dpop && dpopModules()[m.name] || v.auth != key && assertionModules()[m.name])
}

func TestConformance(t *testing.T) {
	w := open(t)
	for _, r := range runs() {
		t.Run(r.plan+"/"+r.variant.String(), func(t *testing.T) {
			p := w.register(t, r.variant)
			p.other = w.register(t, r.variant)
			for _, m := range r.modules {
				if m.run != nil && m.isFor(r.variant) {
					t.Run(m.name, func(t *testing.T) { m.run(t, p) })
				}
			}
		})
	}
	if len(w.waiting) < 10 {
		t.Errorf("%d modules wait", len(w.waiting))
	}
	w.later(t)
	for _, m := range w.waiting {
		t.Run(m.name, m.then)
	}
}
