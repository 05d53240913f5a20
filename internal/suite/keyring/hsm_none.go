//go:build !pkcs11

package keyring

import "errors"

func (Module) session(bool) (sealer, error) {
	return nil, errors.New("this binary was built without the tag pkcs11")
}
