package citizen

import "netid/internal/web/shell"

// workerPolicyApp is the Trusted Types policy under which home registers the
// worker that shows pages without a network (shell/worker.js).
const workerPolicyApp = "app"

// offline says what works without a network. A device keeps this page; it is
// the same for everybody, so it does not look who is signed in.
func (d *Door) offline(v *shell.Visit) error {
	return v.Show(d.pages, "offline", nil)
}
