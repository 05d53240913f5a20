// Fills this device with attestations, by the door that every wallet uses
// (OpenID4VCI 1.0): an offer, a token bound to a key (RFC 9449), a nonce, and a
// batch of proofs, one new key each.
import { makeKey } from "./device.js";
import { put } from "./attestation.js";
import { digest, make, roots } from "./jwt.js";
import { checkCredential } from "./netid-verify.mjs";

const PREAUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code";

// Refused is what the door said, in its own word.
export class Refused extends Error {}

const here = (address) => {
  const u = new URL(address);
  if (u.origin !== location.origin) throw new Error("another origin");
  return u.href;
};

async function json(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(body.error ?? String(response.status));
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

// issued checks what came before it is kept: this issuer's, this kind, this key, now.
async function issued(text, jwk, expect) {
  const c = await checkCredential(text, expect, new Date());
  const holder = c.claims.cnf?.jwk ?? {};
  if (holder.x !== jwk.x || holder.y !== jwk.y || holder.crv !== jwk.crv || c.expires === undefined) throw new Error("credential");
  return { text, kind: c.kind, until: c.expires };
}

// fill asks for count attestations of each kind (configuration ids) and keeps them.
export async function fill(kinds, count) {
  const offer = await offered(kinds);
  const pem = await roots();
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
    const all = await Promise.all(answer.credentials.map(({ credential }, i) => issued(credential, keys[i].jwk, { roots: pem, issuer: about.credential_issuer, kind: configuration.vct })));
    for (const [i, a] of all.entries()) await put({ ...a, key: keys[i].key });
  }
}
