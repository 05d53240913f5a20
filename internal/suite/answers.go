package suite

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"

	"netid/internal/identity"
)

func answersES256() []answer {
	return []answer{
		{"SHA-256 (FIPS 180-4, abc)", func() []byte { d := sha256.Sum256([]byte("abc")); return d[:] },
			"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"HMAC-SHA-256 (RFC 4231, case 1)", func() []byte {
			m := mac(identity.ES256, bytes.Repeat([]byte{0x0b}, 20), []byte("Hi There"))
			return m[:]
		},
			"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
		{"HKDF-SHA-256 (pinned)", func() []byte { return Derive(known(identity.ES256), "known answer", []byte("x")).Bytes() },
			"608a65cfe7349f65846654ecfffb90f2a175a6c12bbd310d99044c46e89459b0"},
		{"Ed25519 (RFC 8032 §7.1, test 1)", func() []byte {
			seed := unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
			sig, _ := NewEdDSA(identity.NewSecret(identity.ES256, [32]byte(seed))).Sign(nil)
			return sig
		}, "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
		{"AES-256-GCM (pinned)", func() []byte {
			plain, _ := Open(known(identity.ES256), unhex("070707070707070707070707168729c5d1f3aa3f0d0afe54d3db3e462d0397b3a9"), []byte("known answer"))
			return plain
		}, hex.EncodeToString([]byte("netid"))},
	}
}

func answersSM() []answer {
	return []answer{
		{"SM3 (GB/T 32905 A.1)", func() []byte { d := sm3.Sum([]byte("abc")); return d[:] },
			"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"},
		{"SM3 (GB/T 32905 A.2)", func() []byte { d := sm3.Sum(bytes.Repeat([]byte("abcd"), 16)); return d[:] },
			"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"},
		{"HMAC-SM3 (Wycheproof, 2)", func() []byte {
			m := mac(identity.SM, unhex("8159fd15133cd964c9a6964c94f0ea269a806fd9f43f0da58b6cd1b33d189b2a"), []byte("w"))
			return m[:]
		}, "51aaf64843b6d2fc7a244ab9cda9b7b57164ce6a865f9808c01931b46195411d"},
		{"HKDF-SM3 (pinned)", func() []byte { return Derive(known(identity.SM), "known answer", []byte("x")).Bytes() },
			"20c03b4c3664e637fc3eb22f77a9172c1b550e8a600c27a5dd25f8b6a10ec44d"},
		{"SM4 (GB/T 32907 A.1)", func() []byte {
			key := unhex("0123456789abcdeffedcba9876543210")
			block, _ := sm4.NewCipher(key)
			block.Encrypt(key, key)
			return key
		}, "681edf34d206965e86b3e94f536e4246"},
		{"SM4-GCM (RFC 8998 A.1)", func() []byte {
			plain, _ := sm4GCM([sm4.BlockSize]byte(unhex("0123456789abcdeffedcba9876543210"))).Open(nil, unhex("00001234567800000000abcd"),
				unhex("17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d83de3541e4c2b58177e065a9bf7b62ec"),
				unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"))
			return plain
		}, "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"},
		{"SM4-GCM (pinned)", func() []byte {
			plain, _ := Open(known(identity.SM), unhex("070707070707070707070707a1b3d7392b5cc51d95b0928b3c3507a3d63ac5a0a0"), []byte("known answer"))
			return plain
		}, hex.EncodeToString([]byte("netid"))},
	}
}

// verifiesRFC7515: the signature of appendix A.3.1 holds.
func verifiesRFC7515(check verify) bool {
	sig, err := base64.RawURLEncoding.DecodeString("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")
	return err == nil && check([]byte(`{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`),
		[]byte("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"), sig) == nil
}

// verifiesGBT32918: the signature of GB/T 32918.5, annex A.2 holds, and not
// with r and s exchanged.
func verifiesGBT32918(check verify) bool {
	key, _ := ecOf(CurveSM2, unhex("0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"))
	r, s := unhex("f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"), unhex("b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa")
	message := []byte("message digest")
	return check(key.canonical(), message, append(bytes.Clone(r), s...)) == nil && check(key.canonical(), message, append(bytes.Clone(s), r...)) != nil
}

// verifiesTheCarry: a good signature over a digest of zeros, which a library
// refused whose addition modulo p dropped a carry (gmsm, issue 560), holds.
func verifiesTheCarry(check func(public *ecdsa.PublicKey, e, sig []byte) error) bool {
	key, _ := ecOf(CurveSM2, unhex("04ef4de57af00ae424c00c4caadff7193f804a19dd73a7e2954db9d0d15ab4cbba67728c3f4572878b7a674735da9fde1682fe2d9e0799c4a5cde57e3d473039a2"))
	public, err := readSM2Key(key.canonical())
	if err != nil {
		return false
	}
	sig := unhex("be0ea64e1ec06f0d247093f3ccbbadcfb6260224272f86ddb78326e7cd6c7560e9f6ab2fcc48a2cef94838e66b5c7e21fd8e4de25990dd98ca5243f4966f2853")
	one := make([]byte, 32)
	one[31] = 1
	return check(public, make([]byte, 32), sig) == nil && check(public, one, sig) != nil
}

// unhex reads this file's own constants; a slip in one fails the self-test.
func unhex(s string) []byte {
	b, _ := hex.DecodeString(s)
	return b
}
