package citizen

import "netid/internal/web/shell"

// help says in the citizen's words what this is, what it cannot see, and what
// to do when something is lost.
func (d *Door) help(v *shell.Visit) error {
	if _, err := v.Session(); err != nil {
		return err
	}
	return v.Show(d.pages, "help", nil)
}
