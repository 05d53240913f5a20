package kit

import (
	"bytes"
	"context"
	"encoding/json"

	"netid/internal/act/admit"
	"netid/internal/act/partner"
	"netid/internal/fault"
	"netid/internal/identity"
)

// register is the act of admission as the portal knows it.
type register struct {
	admit   *admit.Act
	sandbox bool
}

// application is a filing in the register's words. One that those do not have is a
// mistake of this program, and is not dropped in silence.
func (r register) application(f partner.Filing) (in admit.Application, err error) {
	b, err := json.Marshal(f)
	if err == nil {
		read := json.NewDecoder(bytes.NewReader(b))
		read.DisallowUnknownFields()
		err = read.Decode(&in)
	}
	if err != nil {
		return in, fault.Wrap("register.application", fault.Internal, "internal", err)
	}
	if in.Sandbox = r.sandbox; f.While != nil {
		in.While = []identity.Verb{f.While}
	}
	return in, nil
}

func (r register) Judge(f partner.Filing) error {
	in, err := r.application(f)
	if err == nil {
		_, err = r.admit.Judge(in)
	}
	return err
}

func (r register) Lodge(ctx context.Context, f partner.Filing, word string) error {
	in, err := r.application(f)
	if err == nil {
		_, err = r.admit.Lodge(ctx, in, word)
	}
	return err
}

func (r register) Change(ctx context.Context, f partner.Filing, word string) error {
	in, err := r.application(f)
	if err == nil {
		_, _, err = r.admit.Change(ctx, f.ID, word, in)
	}
	return err
}

func (r register) Rekey(ctx context.Context, f partner.Filing, word string) error {
	_, err := r.admit.Rekey(ctx, f.ID, word, f.JWKS, f.JWKSURI, f.While)
	return err
}

func (r register) Leave(ctx context.Context, id identity.PartyID, word string) error {
	return r.admit.Leave(ctx, id, word)
}

func (r register) Party(ctx context.Context, id identity.PartyID) (identity.Party, error) {
	return r.admit.Party(ctx, id)
}

func (r register) CheckKeys(set []byte) ([]string, error) {
	if err := r.admit.Keys.CheckJWKS(set); err != nil {
		return nil, err
	}
	return r.admit.Keys.Thumbprints(set)
}

func (r register) CheckAddress(address string) error { return r.admit.Keys.CheckAddress(address) }
