// What a wallet signs: JSON Web Tokens in compact form, ES256 (RFC 7515, RFC
// 7518 §3.4), with keys that no script can read. Reading them is netid-verify's.
import { base64url, utf8 } from "./device.js";

export const sha256 = async (bytes) => base64url(await crypto.subtle.digest("SHA-256", bytes));
export const digest = (text) => sha256(utf8(text));

export async function make(header, claims, key) {
  const signed = [{ alg: "ES256", ...header }, claims].map((v) => base64url(utf8(JSON.stringify(v)))).join(".");
  return signed + "." + base64url(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, utf8(signed)));
}

// roots are netid's, as this origin serves them.
export const roots = () => fetch("/trust/root.pem").then((r) => r.text());
