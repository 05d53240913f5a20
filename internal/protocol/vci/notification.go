package vci

import (
	"net/http"

	"netid/internal/identity"
	"netid/internal/protocol/oauth"
	"netid/internal/suite"
)

// notificationOf is the id by which a wallet says what became of a batch (§11).
// It is of the grant: whoever has another grant cannot name it, and nothing of it is stored.
func notificationOf(g identity.CredentialGrant) string {
	return suite.PKCE("netid/notification/v1/" + g.Receipt.String())
}

// notification takes a wallet's word (§11). It is heard and not kept: what a
// citizen does with their attestations is not the service's to know. The same word
// twice is as good as once.
func (d *Door) notification(w http.ResponseWriter, r *http.Request) {
	g, _, no, cause := d.let(w, r)
	if no == nil {
		no = notified(w, r, g)
	}
	if no != nil {
		d.refuse(w, r, "notification", no, cause)
		return
	}
	oauth.NoStore(w.Header())
	w.WriteHeader(http.StatusNoContent)
}

func notified(w http.ResponseWriter, r *http.Request, g identity.CredentialGrant) *oauth.Refusal {
	o, no := body(w, r, "invalid_notification_request")
	if no != nil {
		return no
	}
	switch event, _ := o.Text("event"); event {
	case "credential_accepted", "credential_failure", "credential_deleted":
	default:
		return oauth.Say("invalid_notification_request", "event")
	}
	if id, ok := o.Text("notification_id"); !ok || !suite.Equal([]byte(id), []byte(notificationOf(g))) {
		return oauth.Say("invalid_notification_id", "notification_id")
	}
	return nil
}
