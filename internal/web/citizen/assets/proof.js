// The citizen's own check of the ledger: leaf, path, root, signature. It uses
// nothing but the page's bytes and WebCrypto.
import { unbase64, utf8 } from "./device.js";

function join(...parts) {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    all.set(p, at);
    at += p.length;
  }
  return all;
}

const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));

export const same = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);

// leafOf is the commitment to one event: domain, salt, canonical bytes.
export const leafOf = (salt, canonical) => sha256(utf8("netid/ledger/v1\n"), salt, canonical);

// rootFrom climbs the inclusion path (RFC 9162 §2.1.3.2, the tree of RFC 6962)
// and gives the root it leads to; a path of the wrong length leads nowhere.
export async function rootFrom(leaf, index, size, path) {
  let fn = BigInt(index), sn = BigInt(size) - 1n;
  if (fn > sn) return null;
  let r = await sha256(Uint8Array.of(0), leaf);
  for (const p of path) {
    if (sn === 0n) return null;
    if ((fn & 1n) === 1n || fn === sn) {
      r = await sha256(Uint8Array.of(1), p, r);
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      r = await sha256(Uint8Array.of(1), r, p);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n ? r : null;
}

// readHead reads a signed head (C2SP tlog-checkpoint): origin, size, root.
export function readHead(note) {
  const cut = note.indexOf("\n\n");
  const text = note.slice(0, cut + 1);
  const [origin, size, root] = text.split("\n");
  return { origin, size, root: unbase64(root), text, signatures: note.slice(cut + 2).split("\n").filter(Boolean) };
}

// checkHead checks the note's Ed25519 signature under the verifier key
// "name+hash+key". It is null where this browser has no Ed25519.
export async function checkHead(head, verifier) {
  const [name, , ...rest] = verifier.trim().split("+");
  const key = unbase64(rest.join("+"));
  if (key[0] !== 1 || key.length !== 33) return false;
  const id = (await sha256(utf8(name + "\n"), key)).slice(0, 4);
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", key.slice(1), { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return null;
  }
  for (const line of head.signatures) {
    const [, signer, value] = line.split(" ");
    if (signer !== name || !value) continue;
    const bytes = unbase64(value);
    if (same(bytes.slice(0, 4), id) && (await crypto.subtle.verify("Ed25519", imported, bytes.slice(4), utf8(head.text)))) return true;
  }
  return false;
}
