package admit

import (
	"netid/internal/fault"
	"netid/internal/identity"
)

// Leaving is what a party says of log-outs, in the words of the registrations
// (RP-Initiated Logout 1.0 §3.1, Back-Channel Logout 1.0 §2.2), and of those who want to be forgotten.
type Leaving struct {
	PostLogout  []string `json:"post_logout_redirect_uris,omitempty"`
	BackChannel string   `json:"backchannel_logout_uri,omitempty"`
	BySession   bool     `json:"backchannel_logout_session_required,omitempty"`
	Erasures    string   `json:"netid_erasure_uri,omitempty"` // docs/integrate.md
}

// leaves settles where a browser may be sent after a log-out, and where notices and requests to erase go.
func (a *Act) leaves(p *identity.Party, in Leaving) error {
	const op = "admit.leaves"
	if len(in.PostLogout) > 20 {
		return fault.New(op, fault.Invalid, "post_logout_uri_invalid")
	}
	for _, s := range in.PostLogout {
		if _, err := identity.ParseRedirectURI(s); err != nil {
			return fault.Wrap(op, fault.Invalid, "post_logout_uri_invalid", err)
		}
	}
	if in.BackChannel != "" {
		if err := a.Keys.CheckAddress(in.BackChannel); err != nil {
			return fault.Wrap(op, fault.Invalid, "backchannel_uri_invalid", err)
		}
	}
	if in.BySession && in.BackChannel == "" {
		return fault.New(op, fault.Invalid, "backchannel_uri_invalid")
	}
	if in.Erasures != "" { // whoever cannot prove itself could not answer
		if err := a.Keys.CheckAddress(in.Erasures); err != nil || p.Auth == identity.AuthNone {
			return fault.Wrap(op, fault.Invalid, "erasure_uri_invalid", err)
		}
	}
	p.PostLogout, p.BackChannel, p.BySession, p.Erasures = in.PostLogout, in.BackChannel, in.BySession, in.Erasures
	return nil
}
