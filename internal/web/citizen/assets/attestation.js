// Attestations on this device: SD-JWT VCs (RFC 9901) that say one thing of
// their holder, each with a key of its own that cannot be read out, each shown
// once. What was shown to whom is remembered here and nowhere else.
import { keep, read as kept, unbase64 } from "./device.js";
import { digest, make, roots } from "./jwt.js";
import { checkCredential } from "./netid-verify.mjs";
import { purse } from "./purse.js";

const all = purse("attestation/");
const SHOWN = "shown";

// hidden are the disclosures of a credential that netid-verify has checked, by
// the name of what each discloses.
export function hidden(text) {
  const named = new Map();
  for (const disclosure of text.split("~").slice(1, -1)) {
    const [, name] = JSON.parse(new TextDecoder().decode(unbase64(disclosure)));
    named.set(name, disclosure);
  }
  return named;
}

export const { put, held, empty } = all;

// spend takes one of a kind for good: two pages cannot show the same.
export const spend = (vct) => all.spend((a) => a.kind === vct);

// checking gives what each answer is checked by before it is kept: this issuer's, this kind, this key, now.
export async function checking(issuer, { vct: kind }) {
  const expect = { roots: await roots(), issuer, kind };
  return async (text, jwk) => {
    const c = await checkCredential(text, expect, new Date());
    const holder = c.claims.cnf?.jwk ?? {};
    if (holder.x !== jwk.x || holder.y !== jwk.y || holder.crv !== jwk.crv || c.expires === undefined) throw new Error("credential");
    return { text, kind: c.kind, until: c.expires };
  };
}

// show discloses these claims and nothing else, bound to one reader and one
// transaction (§4.3).
export async function show(a, claims, audience, nonce, more = {}) {
  const named = hidden(a.text);
  const text = [a.text.split("~", 1)[0], ...claims.filter((c) => named.has(c)).map((c) => named.get(c)), ""].join("~");
  const iat = Math.floor(Date.now() / 1000);
  return text + await make({ typ: "kb+jwt" }, { iat, aud: audience, nonce, sd_hash: await digest(text), ...more }, a.key);
}

// shown is what was shown on this device, newest first; remember adds to it.
export const shown = async () => (await kept(SHOWN)) ?? [];
export const remember = async (entry) => keep(SHOWN, [entry, ...await shown()].slice(0, 100));
