package partner

import (
	"context"
	"errors"
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
)

// told hands the register what is due and says what it refused.
func (a *Act) told(ctx context.Context, id identity.PartyID) error {
	why, err := a.settle(ctx, id)
	if err != nil {
		return err
	}
	return why
}

// settle hands over what is due of one application, whether or not that was tried before.
// What the register refuses is not tried again: the draft and the reason stay for whoever
// reads them. What only failed stays due.
func (a *Act) settle(ctx context.Context, id identity.PartyID) (refused, err error) {
	var app Application
	at, err := a.Dossiers.Read(ctx, applications, string(id), &app)
	if err != nil || app.Due == "" {
		return nil, gone(err)
	}
	app.ID = id
	var o Organisation
	version, err := a.Dossiers.Read(ctx, organisations, string(app.Organisation), &o)
	if err != nil {
		return nil, err
	}
	if app.Due == DueLeave {
		return nil, a.leave(ctx, o, version, app, at)
	}
	if refused, err = a.file(ctx, o, app, at); fault.Because(err, "dossier_moved") { // somebody else settled it
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	switch {
	case refused != nil:
		app.Why = fault.Public(refused)
	case app.Due == DueKeys:
		app.Keys = *app.Next
	default:
		app.Filed, app.Draft = app.Draft, nil
	}
	app.Due, app.Next = "", nil
	kept, err := a.Dossiers.Keep(applications, string(id), at, app)
	if err == nil {
		err = a.Store.Jot(ctx, kept) // its event stands: the register's own, or this act's when it was decided
	}
	if fault.Because(err, "dossier_moved") { // somebody else settled it
		return nil, nil
	}
	return refused, err
}

func gone(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// file asks the register, which takes it only while the record has the version that was
// read: of two nodes that hand over the same, the slower one would else bring back what was
// replaced meanwhile, a stolen key perhaps ("dossier_moved"). refused is the register's no,
// err that it could not be asked.
func (a *Act) file(ctx context.Context, o Organisation, app Application, at uint64) (refused, err error) {
	d, keys := app.Draft, app.Keys
	if app.Due == DueKeys {
		d, keys = app.Filed, *app.Next
	}
	if d == nil {
		return nil, fault.Newf("partner.file", fault.Internal, "internal", "%s is due and has nothing to say", app.ID)
	}
	f := a.filing(o, app, *d, keys)
	f.While = a.Dossiers.Guard(applications, string(app.ID), at)
	switch app.Due {
	case DueLodge:
		err = a.Register.Lodge(ctx, f, app.Word)
	case DueKeys:
		err = a.Register.Rekey(ctx, f, app.Word)
	default:
		err = a.Register.Change(ctx, f, app.Word)
	}
	switch fault.Of(err) {
	case fault.Invalid, fault.Forbidden, fault.NotFound, fault.Gone, fault.Unauthenticated:
		return err, nil
	}
	return nil, err
}

// leave removes the party where it is registered, and then what the organisation has of it.
func (a *Act) leave(ctx context.Context, o Organisation, version uint64, app Application, at uint64) error {
	if app.Filed != nil {
		if err := a.Register.Leave(ctx, app.ID, app.Word); err != nil {
			p, now := a.Register.Party(ctx, app.ID)
			if now != nil || p.Standing != identity.PartyRemoved { // by this act the time before, or by an operator
				return errors.Join(err, now)
			}
		}
	}
	o.Applications = slices.DeleteFunc(slices.Clone(o.Applications), func(id identity.PartyID) bool { return id == app.ID })
	kept, err := a.Dossiers.Keep(organisations, string(o.ID), version, o)
	if err != nil {
		return err
	}
	verbs := []identity.Verb{kept, a.Dossiers.Drop(applications, string(app.ID), at)}
	counted, err := a.Dossiers.Read(ctx, figures, string(app.ID), &record{})
	switch {
	case err == nil:
		verbs = append(verbs, a.Dossiers.Drop(figures, string(app.ID), counted))
	case !fault.Is(err, fault.NotFound):
		return err
	}
	_, err = a.Book.RecordPublic(ctx, event(identity.PartnerReleased, o.ID, string(app.ID)), verbs...)
	if fault.Because(err, "dossier_moved") {
		return fault.Wrap("partner.leave", fault.Conflict, "partner_application_busy", err) // still due: the upkeep goes on
	}
	return err
}

// Turn is the upkeep, once a minute: it hands over what a crash left, lets keys go whose
// last day is over, and says which proofs of domains are. It does as much as it can, and says what it could not.
func (a *Act) Turn(ctx context.Context) error {
	var ids []identity.PartyID
	err := a.Dossiers.List(ctx, applications, func(name string, _ uint64, open func(any) error) error {
		var app Application
		if err := open(&app); err != nil {
			return err
		}
		if app.Due != "" || app.Keys.ended(a.Now()) {
			ids = append(ids, identity.PartyID(name))
		}
		return nil
	})
	all := []error{err, a.lapse(ctx)}
	for _, id := range ids {
		_, err := a.settle(ctx, id)
		if err == nil {
			err = a.dropEnded(ctx, id)
		}
		all = append(all, err)
	}
	return fault.At("partner.Turn", errors.Join(all...))
}
