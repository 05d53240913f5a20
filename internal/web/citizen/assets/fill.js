// Fills this device with attestations or slips, by the door that every wallet uses
// (OpenID4VCI 1.0): an offer, a token bound to a key (RFC 9449), a nonce, and a
// batch of proofs, one new key each.
import { makeKey } from "./device.js";
import { digest, make } from "./jwt.js";

const PREAUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code";

// Refused is what the door said, in its own word, and for the citizen where it had a sentence.
export class Refused extends Error {
  constructor(status, { error, text }) {
    super(error ?? String(status));
    Object.assign(this, { status, text });
  }
}

const here = (address) => {
  const u = new URL(address);
  if (u.origin !== location.origin) throw new Error("another origin");
  return u.href;
};

// json is the answer, or throws why there is none.
export async function json(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, body);
  return body;
}

// bound asks with a proof of the key, and once more with the nonce that it is told.
async function bound(key, url, options, token) {
  let nonce;
  for (let again = 0; ; again++) {
    const claims = { jti: crypto.randomUUID(), htm: options.method, htu: url, iat: Math.floor(Date.now() / 1000) };
    if (nonce) claims.nonce = nonce;
    if (token) claims.ath = await digest(token);
    const headers = { ...options.headers, DPoP: await make({ typ: "dpop+jwt", jwk: key.jwk }, claims, key.key) };
    if (token) headers.Authorization = "DPoP " + token;
    const response = await fetch(url, { ...options, headers });
    nonce = response.headers.get("DPoP-Nonce");
    const wants = (response.status === 400 || response.status === 401) && nonce && again === 0;
    if (!wants) return json(response);
  }
}

async function offered(kinds) {
  const r = await fetch("/wallet/offer", { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(kinds.map((k) => ["kinds", k])) });
  return json(r);
}

// fill asks for count of each kind (configuration ids). What comes is checked, all
// of it, and then kept, as its keeper does: attestation.js or slips.js.
export async function fill(kinds, count, { checking, put }) {
  const offer = await offered(kinds);
  const [about, server] = await Promise.all(["/.well-known/openid-credential-issuer", "/.well-known/oauth-authorization-server"].map((p) => fetch(p).then(json)));
  if (about.credential_issuer !== location.origin || offer.credential_issuer !== about.credential_issuer) throw new Error("another issuer");
  const session = await makeKey();
  const form = (fields) => ({ method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: new URLSearchParams(fields).toString() });
  const granted = await bound(session, here(server.token_endpoint), form({ grant_type: PREAUTHORIZED, "pre-authorized_code": offer.grants[PREAUTHORIZED]["pre-authorized_code"] }));
  for (const kind of kinds) {
    const configuration = about.credential_configurations_supported[kind];
    const { c_nonce } = await fetch(here(about.nonce_endpoint), { method: "POST" }).then(json);
    const keys = await Promise.all(Array.from({ length: Math.min(count, about.batch_credential_issuance?.batch_size ?? 1) }, makeKey));
    const iat = Math.floor(Date.now() / 1000);
    const proofs = await Promise.all(keys.map((k) => make({ typ: "openid4vci-proof+jwt", jwk: k.jwk }, { aud: about.credential_issuer, iat, nonce: c_nonce }, k.key)));
    const named = granted.authorization_details?.find((d) => d.credential_configuration_id === kind)?.credential_identifiers?.[0];
    const which = named ? { credential_identifier: named } : { credential_configuration_id: kind };
    const answer = await bound(session, here(about.credential_endpoint), { method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...which, proofs: { jwt: proofs } }) }, granted.access_token);
    const check = await checking(about.credential_issuer, configuration);
    const all = await Promise.all(answer.credentials.map(({ credential }, i) => check(credential, keys[i].jwk)));
    for (const [i, a] of all.entries()) await put({ ...a, key: keys[i].key });
  }
}
