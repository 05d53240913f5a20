// The wallet's answer to a party: encrypted to the key of this one request
// (RFC 7516, ECDH-ES of RFC 7518 §4.6), posted to where the request says
// (OpenID4VP 1.0 §8.2).
import { base64url, utf8 } from "./device.js";

const length = (n) => Uint8Array.of(n >>> 24, n >>> 16, n >>> 8, n);
const join = (...parts) => Uint8Array.from(parts.flatMap((p) => [...p]));

// seal is compact JWE to the first key that is of our kind.
export async function seal(value, metadata = {}) {
  const to = metadata.jwks?.keys?.find((k) => k.kty === "EC" && k.crv === "P-256" && k.alg === "ECDH-ES" && k.kid && k.use !== "sig");
  const enc = ["A256GCM", "A128GCM"].find((e) => (metadata.encrypted_response_enc_values_supported ?? ["A128GCM"]).includes(e));
  if (!to || !enc) throw new Error("no key to encrypt to");
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const theirs = await crypto.subtle.importKey("jwk", { kty: to.kty, crv: to.crv, x: to.x, y: to.y }, curve, false, []);
  const ours = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", ours.publicKey);
  const header = base64url(utf8(JSON.stringify({ alg: "ECDH-ES", enc, kid: to.kid, epk: { kty, crv, x, y } })));
  const z = new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, ours.privateKey, 256));
  const bits = enc === "A256GCM" ? 256 : 128;
  const info = join(length(enc.length), utf8(enc), length(0), length(0), length(bits)); // AlgorithmID, no PartyUInfo, no PartyVInfo, SuppPubInfo
  const secret = new Uint8Array(await crypto.subtle.digest("SHA-256", join(length(1), z, info))).slice(0, bits / 8);
  const key = await crypto.subtle.importKey("raw", secret, "AES-GCM", false, ["encrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const out = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: utf8(header) }, key, utf8(JSON.stringify(value))));
  return [header, "", base64url(iv), base64url(out.slice(0, -16)), base64url(out.slice(-16))].join(".");
}

async function post(address, fields) {
  const r = await fetch(address, { method: "POST", credentials: "omit", referrerPolicy: "no-referrer", redirect: "error", body: new URLSearchParams(fields) });
  if (!r.ok) throw new Error("not taken");
  return (await r.json().catch(() => ({}))).redirect_uri;
}

// answer gives the address to go on to, if the party names one.
export async function answer(request, presentations) {
  const body = { vp_token: presentations };
  if (request.state !== undefined) body.state = request.state;
  if (request.response_mode === "direct_post.jwt") return post(request.response_uri, { response: await seal(body, request.client_metadata) });
  return post(request.response_uri, { ...body, vp_token: JSON.stringify(presentations) });
}

// refuse tells the party the one word (§8.5).
export const refuse = (request, error) => post(request.response_uri, request.state === undefined ? { error } : { error, state: request.state });
