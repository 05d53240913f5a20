//go:build pkcs11

package keyring

import (
	"errors"
	"fmt"
	"strings"

	"github.com/miekg/pkcs11"
)

// hsmLabel names the module's key.
const hsmLabel = "netid-master-v1"

type session struct {
	ctx    *pkcs11.Ctx
	handle pkcs11.SessionHandle
	key    pkcs11.ObjectHandle
}

// session logs in and finds the key, or makes it where there is none yet.
func (m Module) session(create bool) (_ sealer, err error) {
	ctx := pkcs11.New(m.Library)
	if ctx == nil {
		return nil, fmt.Errorf("the library %q does not load", m.Library)
	}
	s := &session{ctx: ctx}
	if err := ctx.Initialize(); err != nil {
		ctx.Destroy()
		return nil, err
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	slot, err := m.slot(ctx)
	if err != nil {
		return nil, err
	}
	if s.handle, err = ctx.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION); err != nil {
		return nil, err
	}
	if err := ctx.Login(s.handle, pkcs11.CKU_USER, m.PIN); err != nil {
		return nil, err
	}
	return s, s.find(create)
}

func (m Module) slot(ctx *pkcs11.Ctx) (uint, error) {
	slots, err := ctx.GetSlotList(true)
	if err != nil {
		return 0, err
	}
	for _, slot := range slots {
		info, err := ctx.GetTokenInfo(slot)
		if err == nil && strings.TrimRight(info.Label, " \x00") == m.Token {
			return slot, nil
		}
	}
	return 0, fmt.Errorf("no token is called %q", m.Token)
}

func (s *session) find(create bool) error {
	kind := []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_SECRET_KEY),
		pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_AES),
		pkcs11.NewAttribute(pkcs11.CKA_LABEL, hsmLabel),
		pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, true),
		pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, false), // one that could leave is not taken
	}
	if err := s.ctx.FindObjectsInit(s.handle, kind); err != nil {
		return err
	}
	found, _, err := s.ctx.FindObjects(s.handle, 2)
	if err := errors.Join(err, s.ctx.FindObjectsFinal(s.handle)); err != nil {
		return err
	}
	switch {
	case len(found) == 1:
		s.key = found[0]
		return nil
	case len(found) > 1:
		return fmt.Errorf("the token has several keys %q", hsmLabel)
	case !create:
		return fmt.Errorf("the token has no key %q", hsmLabel)
	}
	s.key, err = s.ctx.GenerateKey(s.handle, []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_AES_KEY_GEN, nil)}, append(kind,
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true), pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, true),
		pkcs11.NewAttribute(pkcs11.CKA_VALUE_LEN, 32),
		pkcs11.NewAttribute(pkcs11.CKA_ENCRYPT, true), pkcs11.NewAttribute(pkcs11.CKA_DECRYPT, true)))
	return err
}

func (s *session) seal(plain, nonce, aad []byte) ([]byte, error) {
	params := pkcs11.NewGCMParams(nonce, aad, 128)
	defer params.Free()
	if err := s.ctx.EncryptInit(s.handle, []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_AES_GCM, params)}, s.key); err != nil {
		return nil, err
	}
	return s.ctx.Encrypt(s.handle, plain)
}

func (s *session) open(sealed, nonce, aad []byte) ([]byte, error) {
	params := pkcs11.NewGCMParams(nonce, aad, 128)
	defer params.Free()
	if err := s.ctx.DecryptInit(s.handle, []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_AES_GCM, params)}, s.key); err != nil {
		return nil, err
	}
	return s.ctx.Decrypt(s.handle, sealed)
}

func (s *session) close() {
	if s.handle != 0 {
		s.ctx.Logout(s.handle)
		s.ctx.CloseSession(s.handle)
	}
	s.ctx.Finalize()
	s.ctx.Destroy()
}
