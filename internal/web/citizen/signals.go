package citizen

import (
	"netid/internal/act/signal"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// workerPolicy is the Trusted Types policy of the one page that registers a worker.
const workerPolicy = "signals"

// signalsPage says whether this device is signalled, who learns of it, and which others are.
type signalsPage struct {
	Key, KeyID string
	Listed     []string // the services that may be asked
	Here       signal.Device
	Others     []signal.Device
}

func (d *Door) signals(v *shell.Visit, s identity.Session) error {
	page, err := d.signalled(v, s)
	if err != nil {
		return err
	}
	return v.Show(d.pages, "signals", page)
}

func (d *Door) signalled(v *shell.Visit, s identity.Session) (page signalsPage, err error) {
	if d.Signals == nil {
		return page, fault.New("citizen.signals", fault.NotFound, "page_unknown")
	}
	v.Registers(workerPolicy)
	view, err := d.Signals.View(v.Context(), s)
	page = signalsPage{Key: view.Key, KeyID: view.KeyID, Listed: view.Hosts}
	for _, one := range view.Devices {
		if one.Here {
			page.Here = one
		} else if one.Host != "" {
			page.Others = append(page.Others, one)
		}
	}
	return page, err
}

func (d *Door) signalsOn(v *shell.Visit, s identity.Session) error {
	if d.Signals == nil {
		return d.signals(v, s)
	}
	return d.onSignals(v, s, d.Signals.On(v.Context(), s, identity.Signal{Endpoint: v.Form("endpoint"), Key: v.Form("key")}))
}

func (d *Door) signalsOff(v *shell.Visit, s identity.Session) error {
	if d.Signals == nil {
		return d.signals(v, s)
	}
	id, err := identity.ParseCertificateID(v.Form("device"))
	if err != nil {
		return fault.Wrap("citizen.signalsOff", fault.NotFound, "device_not_listed", err)
	}
	return d.onSignals(v, s, d.Signals.Off(v.Context(), s, id))
}

func (d *Door) onSignals(v *shell.Visit, s identity.Session, refusal error) error {
	v.Back("/devices/signals")
	if refusal == nil {
		return v.Go("/devices/signals")
	}
	if !shell.Recoverable(refusal) || fault.Is(refusal, fault.Unauthenticated) {
		return refusal
	}
	page, err := d.signalled(v, s)
	if err != nil {
		return err
	}
	return v.Refuse(d.pages, "signals", refusal, page, "")
}
