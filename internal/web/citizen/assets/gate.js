// The forms of ADR 0050, as package client has them: a slip, which netid signs for
// one key and one day, and the code that a device shows for it in a half minute. A
// code is deterministic CBOR (RFC 8949 §4.2.1) in base45 (RFC 9285).

export const HALF_MINUTE = 30;
const PREFIX = "N1:", SIGN1 = 0xd2, ES256 = -7; // RFC 9052 §2, RFC 9053 §2.1
const REAL_PERSON = 1, OVER_18 = 2, DAY = 86400;
const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

const utf8 = (text) => new TextEncoder().encode(text);
const [UNSIGNED, BYTES, TEXT, ARRAY] = [0, 2, 3, 4];

// head is a major type with its number, as short as can be.
function head(major, n) {
  if (n < 24) return [major << 5 | n];
  const size = [1, 2, 4].find((bytes) => n < 256 ** bytes);
  if (!size) throw new RangeError("too large");
  return [major << 5 | 24 + Math.log2(size), ...Array.from({ length: size }, (_, i) => n >>> 8 * (size - 1 - i) & 0xff)];
}

// cbor writes what a code is made of: whole numbers, bytes, texts and arrays of them.
export function cbor(value) {
  if (typeof value === "number") return head(UNSIGNED, value);
  if (Array.isArray(value)) return [...head(ARRAY, value.length), ...value.flatMap(cbor)];
  const bytes = typeof value === "string" ? utf8(value) : value;
  return [...head(typeof value === "string" ? TEXT : BYTES, bytes.length), ...bytes];
}

export function base45(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 2) {
    const last = i + 1 === bytes.length, n = last ? bytes[i] : bytes[i] << 8 | bytes[i + 1];
    text += LETTERS[n % 45] + LETTERS[Math.floor(n / 45) % 45] + (last ? "" : LETTERS[Math.floor(n / 2025)]);
  }
  return text;
}

// reading gives what one CBOR text holds; nothing of indefinite length, no tags. Whatever
// is cut off is found at the end of the bytes, before anything is made of it.
function reading(bytes) {
  let at = 0;
  const byte = () => {
    if (at >= bytes.length) throw new RangeError("cut off");
    return bytes[at++];
  };
  const item = () => {
    const first = byte(), major = first >> 5, short = first & 31;
    let n = short;
    if (short > 26) throw new RangeError("not read here");
    if (short > 23) for (let i = n = 0; i < 1 << short - 24; i++) n = n * 256 + byte();
    switch (major) {
      case UNSIGNED: return n;
      case 1: return -1 - n;
      case BYTES: case TEXT: return bytes.slice(at, at += n);
      case ARRAY: return Array.from({ length: n }, item);
      case 5: return Array.from({ length: 2 * n }, item);
    }
    throw new RangeError("not read here");
  };
  const value = item();
  if (at !== bytes.length) throw new RangeError("cut off, or more behind it");
  return value;
}

// readSlip says what a slip says: until when it is good, and to whose key. Whether netid
// signed it, the gate checks. Throws for what no gate would take.
export function readSlip(slip) {
  if (slip[0] !== SIGN1) throw new RangeError("not a slip");
  const [id, algorithm, key, flags, from, until, ...more] = reading(reading(slip.slice(1))[2]);
  const whole = [flags, from, until].every(Number.isInteger);
  if (id?.length !== 16 || algorithm !== ES256 || key?.length !== 64 || more.length > 0 || !whole) throw new RangeError("not a slip");
  if (!(flags & REAL_PERSON) || flags > (REAL_PERSON | OVER_18) || from >= until || until - from > DAY) throw new RangeError("not a slip");
  return { x: key.slice(0, 32), y: key.slice(32), over18: (flags & OVER_18) !== 0, from, until };
}

export const stepOf = (seconds) => Math.floor(seconds / HALF_MINUTE);

// codeOf is what is shown in a half minute: sign signs with the slip's key, r||s.
export async function codeOf(slip, step, venue, sign) {
  const signature = new Uint8Array(await sign(Uint8Array.from(cbor(["netid-gate", slip, step, venue]))));
  return PREFIX + base45(cbor([slip, step, venue, signature]));
}
