package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"netid/internal/act/partner"
	"netid/internal/fault"
	"netid/internal/protocol/portal"
	"netid/internal/tool/ready"
	web "netid/internal/web/partner"
)

// programs is the door of organisations' programs.
func (h *house) programs() *portal.Door {
	return portal.New(portal.Config{Applications: h.partner, Ready: h.readyFor, Log: h.Log})
}

// readyFor is the text with which an application signs people in: with the first of its
// addresses and the newest of its keys.
func (h *house) readyFor(library string, v partner.View) ([]byte, error) {
	const op = "portal.ready"
	d := v.Filed
	if d == nil {
		d = v.Application.Draft
	}
	if d == nil || len(d.RedirectURIs) == 0 { // claimed, or nothing is said yet
		return nil, fault.New(op, fault.Conflict, "partner_nothing_ready")
	}
	b, err := ready.For(library, ready.Application{Issuer: h.Issuer, ClientID: string(v.ID), Redirect: d.RedirectURIs[0], Key: kidOf(v.Keys), Pushes: d.Pushes, DPoP: d.DPoP, FAPI: d.FAPI})
	switch {
	case errors.Is(err, ready.ErrUnknown):
		return nil, fault.Wrap(op, fault.NotFound, "partner_library_unknown", err)
	case err != nil:
		return nil, fault.Wrap(op, fault.Conflict, "partner_library_unfit", err)
	}
	return b, nil
}

// libraries are those that the portal offers.
func libraries() (all []web.Library) {
	for _, l := range ready.Libraries() {
		all = append(all, web.Library{Name: l.Name, Title: l.Title, File: l.File})
	}
	return all
}

// kidOf is the name of the key that has no end; keys that are published elsewhere are
// called as in the texts.
func kidOf(k partner.Keys) string {
	at := slices.IndexFunc(k.Set, func(one partner.Key) bool { return one.Until.IsZero() })
	var named struct {
		KID string `json:"kid"`
	}
	if at >= 0 && json.Unmarshal(k.Set[at].JWK, &named) == nil && named.KID != "" {
		return named.KID
	}
	return "k1"
}

// keepPortal hands over what is due, lets keys go and keeps what was counted, once a minute.
func (h *house) keepPortal(ctx context.Context) {
	if h.partner == nil {
		return
	}
	if err := errors.Join(h.partner.Turn(ctx), h.partner.Count(ctx)); err != nil && ctx.Err() == nil {
		h.Log.Error("look at organisations' applications", "err", err)
	}
}
