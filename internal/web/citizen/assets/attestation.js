// Attestations on this device: SD-JWT VCs (RFC 9901) that say one thing of
// their holder, each with a key of its own that cannot be read out, each shown
// once. What was shown to whom is remembered here and nowhere else.
import { base64url, keep, read as kept, take, names, utf8 } from "./device.js";
import { decode, make, read, sha256 } from "./jwt.js";

const prefix = "attestation/";
const SHOWN = "shown";

// parse takes a credential apart and holds its disclosures against its digests.
export async function parse(text) {
  const parts = text.split("~");
  if (parts.length < 2 || parts.pop() !== "") throw new Error("no credential");
  const token = read(parts.shift(), "dc+sd-jwt");
  const digests = new Set(token.claims._sd ?? []);
  if ((token.claims._sd_alg ?? "sha-256") !== "sha-256") throw new Error("digest");
  const hidden = new Map();
  for (const disclosure of parts) {
    const [salt, name, value, ...more] = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(decode(disclosure)));
    if (typeof salt !== "string" || typeof name !== "string" || more.length || hidden.has(name) || name in token.claims) throw new Error("disclosure");
    if (!digests.delete(base64url(await sha256(utf8(disclosure))))) throw new Error("disclosure");
    hidden.set(name, { disclosure, value });
  }
  return { token, hidden };
}

// good: it is live now, of this kind, by this issuer and for this key.
export function good({ token: { claims } }, { issuer, vct, jwk }, now = Date.now() / 1000) {
  const key = claims.cnf?.jwk;
  return claims.iss === issuer && claims.vct === vct && claims.nbf <= now && now < claims.exp && key?.x === jwk.x && key?.y === jwk.y && key?.crv === "P-256";
}

export const put = (a) => keep(prefix + crypto.randomUUID(), a);

// held are those that are still good today; the others go.
export async function held(now = Date.now() / 1000) {
  const all = [];
  for (const name of await names(prefix)) {
    const a = await kept(name);
    if (!a || now >= a.until) await take(name);
    else all.push({ name, ...a });
  }
  return all;
}

// spend takes one of a kind for good: two pages cannot show the same.
export async function spend(vct) {
  for (const { name, kind } of await held()) {
    if (kind !== vct) continue;
    const a = await take(name);
    if (a) return a;
  }
  return null;
}

export const empty = async () => { for (const name of await names(prefix)) await take(name); };

// show discloses these claims and nothing else, bound to one reader and one
// transaction (§4.3).
export async function show(a, claims, audience, nonce, more = {}) {
  const { hidden } = await parse(a.text);
  const given = claims.filter((c) => hidden.has(c)).map((c) => hidden.get(c).disclosure);
  const text = [a.text.split("~", 1)[0], ...given, ""].join("~");
  const iat = Math.floor(Date.now() / 1000);
  return text + await make({ typ: "kb+jwt" }, { iat, aud: audience, nonce, sd_hash: base64url(await sha256(utf8(text))), ...more }, a.key);
}

// shown is what was shown on this device, newest first; remember adds to it.
export const shown = async () => (await kept(SHOWN)) ?? [];
export const remember = async (entry) => keep(SHOWN, [entry, ...await shown()].slice(0, 100));
