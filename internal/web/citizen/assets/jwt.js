// JSON Web Tokens in compact form, ES256 alone (RFC 7515, RFC 7518 §3.4), by
// WebCrypto. What is not exactly such a token is refused.
import { base64url, unbase64, utf8 } from "./device.js";

const part = /^[A-Za-z0-9_-]+$/;
const ES256 = { name: "ECDSA", hash: "SHA-256" };
const P256 = { name: "ECDSA", namedCurve: "P-256" };

export const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

// decode is strict base64url: one text for one value.
export function decode(text) {
  if (!part.test(text)) throw new Error("base64url");
  const bytes = unbase64(text);
  if (base64url(bytes) !== text) throw new Error("base64url");
  return bytes;
}

const object = (text) => {
  const v = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(decode(text)));
  if (v === null || typeof v !== "object" || Array.isArray(v)) throw new Error("no object");
  return v;
};

// read takes a token of one type apart. Nothing in it is believed yet.
export function read(token, typ) {
  const parts = token.split(".");
  if (parts.length !== 3) throw new Error("no token");
  const header = object(parts[0]);
  if (header.alg !== "ES256" || header.typ !== typ || header.crit !== undefined) throw new Error("another token");
  return { header, claims: object(parts[1]), signed: parts[0] + "." + parts[1], signature: decode(parts[2]) };
}

// proven reports whether a key made the token's signature.
export const proven = async (t, key) => t.signature.length === 64 && await crypto.subtle.verify(ES256, key, t.signature, utf8(t.signed));

export const keyOf = ({ kty, crv, x, y }) => crypto.subtle.importKey("jwk", { kty, crv, x, y }, P256, false, ["verify"]);

export const leafKey = (spki) => crypto.subtle.importKey("spki", spki, P256, false, ["verify"]);

// make signs a token with a key that cannot be read out.
export async function make(header, claims, key) {
  const signed = [{ alg: "ES256", ...header }, claims].map((v) => base64url(utf8(JSON.stringify(v)))).join(".");
  return signed + "." + base64url(await crypto.subtle.sign(ES256, key, utf8(signed)));
}
