package conformance_test

// walletModules are those of the plan of HAIP. Where a wallet proves what it is they are
// shown at the door itself, where a wallet's provider can be forged; the others against the whole
// server (cmd/netid). Its modules of the security profile are above.
func walletModules() (all []module) {
	for _, name := range []string{"metadata-test", "metadata-test-signed", "happy-flow", "happy-flow-additional-requests", "happy-flow-multiple-clients", "happy-flow-skip-notification",
		"fail-invalid-nonce", "fail-invalid-jwt-proof-signature", "fail-invalid-key-attestation-signature", "fail-missing-proof", "fail-unsupported-encryption-algorithm",
		"fail-unknown-credential-configuration", "fail-unknown-credential-identifier", "fail-on-access-token-in-query"} {
		all = append(all, module{"oid4vci-1_0-issuer-" + name, nil})
	}
	return append(all, []module{
		{"oid4vci-1_0-issuer-fail-client-attestation-exp-in-past", nil},
		{"oid4vci-1_0-issuer-fail-client-attestation-no-sub", nil},
		{"oid4vci-1_0-issuer-fail-client-attestation-pop-wrong-aud", nil},
		{"oid4vci-1_0-issuer-fail-invalid-client-attestation-pop-signature", nil},
		{"oid4vci-1_0-issuer-fail-invalid-client-attestation-signature", nil},
		{"oid4vci-1_0-issuer-fail-mismatched-client-attestation-pop-key", nil},
	}...)
}

// issuerModules are those of the plan without HAIP. They are shown by a wallet of its own in
// test/vci, which has no party and no citizen's page; the modules about attested
// wallets are above, and no configuration that it may ask for needs attested keys.
func issuerModules() (all []module) {
	for _, name := range []string{"metadata-test", "metadata-test-signed", "happy-flow", "happy-flow-skip-notification", "happy-flow-additional-requests", "happy-flow-multiple-clients",
		"batch-issuance", "fail-invalid-nonce", "fail-invalid-jwt-proof-signature", "fail-invalid-key-attestation-signature", "fail-missing-proof", "fail-unsupported-encryption-algorithm",
		"fail-unknown-credential-configuration", "fail-unknown-credential-identifier", "fail-on-access-token-in-query"} {
		all = append(all, module{"oid4vci-1_0-issuer-" + name, nil})
	}
	return all
}
