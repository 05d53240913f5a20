// Passkeys: keys that lie in an authenticator and answer this origin alone.
import { base64url, read, sign, unbase64, utf8 } from "./device.js";

// able: this browser has them.
export const able = () => Boolean(window.PublicKeyCredential && navigator.credentials);

// make puts a new key for a certificate into an authenticator and gives its
// public half. What else is said here nobody reads: the key proves itself by ask.
export async function make(certificate, name) {
  const made = await navigator.credentials.create({ publicKey: {
    rp: { name: location.hostname },
    user: { id: unbase64(certificate), name, displayName: name },
    challenge: crypto.getRandomValues(new Uint8Array(32)),
    pubKeyCredParams: [{ type: "public-key", alg: -7 }],
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    attestation: "none",
  } });
  const key = await crypto.subtle.importKey("spki", made.response.getPublicKey(), { name: "ECDSA", namedCurve: "P-256" }, true, ["verify"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", key);
  return { id: made.rawId, jwk: { kty, crv, x, y } };
}

// ask has a passkey approve the text, whose digest is the challenge, and says
// which certificate it is of. Of what was signed go on r||s, flags, counter and what this
// browser wrote behind the origin; the rest the server writes anew.
export async function ask(text, id) {
  const challenge = await crypto.subtle.digest("SHA-256", utf8(text));
  const { response } = await navigator.credentials.get({ publicKey: {
    challenge, userVerification: "required", allowCredentials: id ? [{ type: "public-key", id }] : [],
  } });
  const head = `{"type":"webauthn.get","challenge":"${base64url(challenge)}","origin":"${location.origin}"`;
  const data = new TextDecoder().decode(response.clientDataJSON), said = new Uint8Array(response.authenticatorData);
  if (!data.startsWith(head) || said.length !== 37) throw new Error("an assertion of another form");
  return {
    certificate: response.userHandle ? base64url(response.userHandle) : "",
    signature: base64url(Uint8Array.of(...fixed(new Uint8Array(response.signature)), ...said.subarray(32), ...utf8(data.slice(head.length)))),
  };
}

// fixed is r||s of a signature in DER, which is SEQUENCE { r INTEGER, s INTEGER }.
function fixed(der) {
  const out = new Uint8Array(64);
  let at = 2;
  for (const end of [32, 64]) {
    const next = at + 2 + der[at + 1];
    const number = der.subarray(Math.max(at + 2, next - 32), next);
    out.set(number, end - number.length);
    at = next;
  }
  return out;
}

// signs has the key of this session's certificate sign the text for the form: this
// browser's own, or a passkey where the form says whose. It reports whether that key is here.
export async function signs(form, text) {
  const { passkey } = form.dataset;
  let answer;
  if (passkey) {
    answer = await ask(text);
  } else {
    const device = await read("device");
    answer = { certificate: device?.certificate, signature: device?.certificate && await sign(device.key, text) };
  }
  if (!answer.certificate || passkey && answer.certificate !== passkey) return false;
  form.elements.certificate.value = answer.certificate;
  form.elements.signature.value = answer.signature;
  return true;
}
