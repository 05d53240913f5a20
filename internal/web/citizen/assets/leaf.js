// The least of an X.509 certificate (RFC 5280 §4.1) that a wallet needs: its
// key, and from when to when it is good. Whether it may ask is not read here:
// netid's own statement about its holder says that.

// tlv reads one element of DER at a place: definite, shortest lengths only.
function tlv(b, at) {
  const tag = b[at];
  let n = b[at + 1], from = at + 2;
  if (n > 0x80 && n < 0x84) {
    const size = n & 0x7f;
    n = 0;
    for (let i = 0; i < size; i++) n = n * 256 + b[from + i];
    from += size;
    if (n < 0x80 || n < 256 ** (size - 1)) throw new Error("length");
  } else if (!(n < 0x80)) {
    throw new Error("length");
  }
  if (tag === undefined || from + n > b.length) throw new Error("short");
  return { tag, at, from, end: from + n };
}

function* inside(b, e) {
  for (let at = e.from; at < e.end;) {
    const next = tlv(b, at);
    if (next.end > e.end) throw new Error("long");
    yield next;
    at = next.end;
  }
}

// when reads UTCTime and GeneralizedTime as certificates write them (§4.1.2.5).
function when(b, e) {
  const text = new TextDecoder().decode(b.subarray(e.from, e.end));
  const m = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (!m || m[1].length !== { 0x17: 2, 0x18: 4 }[e.tag]) throw new Error("time");
  const year = m[1].length === 4 ? +m[1] : +m[1] + (+m[1] < 50 ? 2000 : 1900);
  return Date.UTC(year, m[2] - 1, m[3], m[4], m[5], m[6]);
}

// readLeaf gives the certificate's key (SubjectPublicKeyInfo) and its times.
export function readLeaf(der) {
  const all = tlv(der, 0);
  if (all.tag !== 0x30 || all.end !== der.length) throw new Error("no certificate");
  const [tbs] = inside(der, all);
  const fields = [...inside(der, tbs)];
  if (fields[0]?.tag !== 0xa0) throw new Error("version"); // [0]: version 3
  const [, , , , validity, , spki] = fields;
  if (validity?.tag !== 0x30 || spki?.tag !== 0x30) throw new Error("no certificate");
  const [from, until] = inside(der, validity);
  return { from: when(der, from), until: when(der, until), spki: der.slice(spki.at, spki.end) };
}
