package conformance_test

// walletModules are those of the plan of HAIP that end where a wallet proves what
// it is. They are shown at the door itself, where a wallet's provider can be forged;
// of the plan's other modules those of the security profile are above.
func walletModules() []module {
	return []module{
		{"oid4vci-1_0-issuer-fail-client-attestation-exp-in-past", nil},
		{"oid4vci-1_0-issuer-fail-client-attestation-no-sub", nil},
		{"oid4vci-1_0-issuer-fail-client-attestation-pop-wrong-aud", nil},
		{"oid4vci-1_0-issuer-fail-invalid-client-attestation-pop-signature", nil},
		{"oid4vci-1_0-issuer-fail-invalid-client-attestation-signature", nil},
		{"oid4vci-1_0-issuer-fail-mismatched-client-attestation-pop-key", nil},
	}
}
