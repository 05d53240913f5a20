// Attestations on this device: SD-JWT VCs (RFC 9901) that say one thing of
// their holder, each with a key of its own that cannot be read out, each shown
// once. What was shown to whom is remembered here and nowhere else.
import { keep, read as kept, take, names, unbase64 } from "./device.js";
import { digest, make } from "./jwt.js";

const prefix = "attestation/";
const SHOWN = "shown";

// hidden are the disclosures of a credential that netid-verify has checked, by
// the name of what each discloses.
export function hidden(text) {
  const all = new Map();
  for (const disclosure of text.split("~").slice(1, -1)) {
    const [, name] = JSON.parse(new TextDecoder().decode(unbase64(disclosure)));
    all.set(name, disclosure);
  }
  return all;
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
  const all = hidden(a.text);
  const text = [a.text.split("~", 1)[0], ...claims.filter((c) => all.has(c)).map((c) => all.get(c)), ""].join("~");
  const iat = Math.floor(Date.now() / 1000);
  return text + await make({ typ: "kb+jwt" }, { iat, aud: audience, nonce, sd_hash: await digest(text), ...more }, a.key);
}

// shown is what was shown on this device, newest first; remember adds to it.
export const shown = async () => (await kept(SHOWN)) ?? [];
export const remember = async (entry) => keep(SHOWN, [entry, ...await shown()].slice(0, 100));
