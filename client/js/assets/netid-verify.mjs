// netid-verify: what a text of netid's proves, checked in a browser or in Node (20 or newer), offline, with no
// dependencies. It fetches nothing and keeps nothing. Decisions: docs/adr/0051-offline.md; use: docs/verify.md.
//
// ES256 and SHA-256 alone: WebCrypto has no SM2, so what is signed with it is said to be not checked.

/** Why a check failed: `reason` is one of the words of package client. */
export class Refusal extends Error {
  constructor(reason, detail) {
    super(`${reason}: ${detail}`);
    this.reason = reason;
  }
}

const refuse = (reason, detail) => { throw new Refusal(reason, detail); };
const [TOKEN, KEY, SIGNATURE, CREDENTIAL, RECEIPT, STATUS] =
  ['token_invalid', 'key_invalid', 'signature_invalid', 'credential_invalid', 'receipt_invalid', 'status_unknown'];
const MAX = { answer: 16 << 10, receipt: 20 << 10, keys: 64 << 10, presentation: 128 << 10, list: 1 << 20, unpacked: 16 << 20, text: 64 << 20, disclosures: 256, certificates: 5, depth: 16 };

// ---- JSON, base64url, digests

const fold = (name) => name.toLowerCase().toUpperCase();

/** parse reads exactly one JSON object or array, as strictly as package client: no name twice, also but for case; not too deep. */
function parse(text, kind) {
  JSON.parse(text); // its grammar; throws
  let at = 0;
  const next = () => { while (' \t\n\r'.includes(text[at]) && at < text.length) at++; return text[at]; };
  const string = () => {
    const start = at++;
    while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    at++;
    return JSON.parse(text.slice(start, at));
  };
  const value = (depth) => {
    const c = next();
    if ((c === '{' || c === '[') && depth >= MAX.depth) throw new Error('too deep');
    if (c === '"') return string();
    if (c === '[') {
      const all = [];
      for (at++; next() !== ']';) {
        if (text[at] === ',') at++;
        all.push(value(depth + 1));
      }
      at++;
      return all;
    }
    if (c === '{') {
      const all = Object.create(null), seen = new Set();
      for (at++; next() !== '}';) {
        if (text[at] === ',') { at++; next(); }
        const name = string();
        if (seen.has(fold(name))) throw new Error('a name is there twice');
        seen.add(fold(name));
        next();
        at++; // the colon
        all[name] = value(depth + 1);
      }
      at++;
      return all;
    }
    const bare = /[^,\]} \t\r\n]+/y; // a number of any length, true, false, null
    bare.lastIndex = at;
    const [rest] = bare.exec(text);
    at += rest.length;
    return JSON.parse(rest);
  };
  const out = value(0);
  if (Array.isArray(out) !== (kind === 'array') || out === null || typeof out !== 'object') throw new Error(`not one ${kind}`);
  return out;
}

const isObject = (v) => v !== null && typeof v === 'object' && !Array.isArray(v);
const utf8 = (bytes) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
const bytesOf = (text) => new TextEncoder().encode(text);

function binary(bytes) {
  let s = '';
  for (let i = 0; i < bytes.length; i += 0x8000) s += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return s;
}
const encode = (bytes) => btoa(binary(bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

/** decode reads unpadded base64url in its one canonical form. */
function decode(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) throw new Error('not base64url');
  const out = Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  if (encode(out.subarray(out.length - out.length % 3)) !== text.slice(text.length - text.length % 4)) throw new Error('not canonical');
  return out;
}

const decodeObject = (part) => parse(utf8(decode(part)), 'object');
const digest = async (text) => encode(new Uint8Array(await crypto.subtle.digest('SHA-256', bytesOf(text))));
const text = (o, name, reason) => {
  if (o[name] === undefined) return '';
  return typeof o[name] === 'string' ? o[name] : refuse(reason, name);
};

// ---- keys and signatures

const ES256 = { name: 'ECDSA', namedCurve: 'P-256' };

async function keyOf(jwk) {
  const wants = { kty: 'EC', crv: 'P-256' };
  for (const [name, want] of Object.entries({ ...wants, alg: 'ES256', use: 'sig' })) {
    if (jwk[name] !== want && !(jwk[name] === undefined && !(name in wants))) refuse(KEY, 'not a public P-256 key for signatures');
  }
  if ('d' in jwk) refuse(KEY, 'it is private');
  try {
    if (decode(jwk.x).length !== 32 || decode(jwk.y).length !== 32) throw new Error();
    return await crypto.subtle.importKey('jwk', { kty: 'EC', crv: 'P-256', x: jwk.x, y: jwk.y }, ES256, false, ['verify']);
  } catch {
    return refuse(KEY, 'not a point of the curve');
  }
}

/** keyIn finds the one key of an id in a set; a token without an id is taken where the set has one key. */
async function keyIn(set, kid) {
  let keys;
  try {
    const source = typeof set === 'string' ? set : JSON.stringify(set);
    if (source.length > MAX.keys) throw new Error();
    keys = parse(source, 'object').keys.filter(isObject);
  } catch {
    refuse(KEY, 'key set');
  }
  const found = keys.filter((k) => k.kid === kid || kid === '' && keys.length === 1);
  return found.length === 1 ? keyOf(found[0]) : refuse(KEY, `${found.length} keys have the id`);
}

async function verify(key, signed, signature) {
  if (signature.length !== 64 || !await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, typeof signed === 'string' ? bytesOf(signed) : signed)) {
    refuse(SIGNATURE, 'it does not cover these bytes under this key');
  }
}

/** header reads a protected header: this algorithm, one of these types, no extension. */
function header(part, types, reason) {
  let h;
  try { h = decodeObject(part); } catch { refuse(reason, 'header'); }
  if (h.alg !== 'ES256') refuse(reason, 'alg');
  if ('crit' in h) refuse(reason, 'crit');
  if (!types.includes(text(h, 'typ', reason).toLowerCase())) refuse(reason, 'typ');
  text(h, 'kid', reason);
  return h;
}

/** signed checks a JWT by a certificate below one of the roots, or by one of the keys, and gives its claims. */
async function signed(jwt, types, expect, now, reason, given) {
  const parts = jwt.split('.');
  if (parts.length !== 3) refuse(reason, 'not three parts');
  const h = header(parts[0], types, reason);
  let claims, signature;
  try { claims = decodeObject(parts[1]); } catch { refuse(reason, 'claims'); }
  try { signature = decode(parts[2]); } catch { refuse(reason, 'signature'); }
  const said = text(claims, 'iss', reason);
  if (expect.issuer && said !== expect.issuer && (said !== '' || reason === CREDENTIAL && expect.keys)) refuse(reason, 'iss');
  let issuer = said || expect.issuer || '';
  if (reason === CREDENTIAL && expect.roots && !expect.issuer) { // a root may certify others than the issuer of a kind, and their word must not pass for it
    const home = origin(expect.kind);
    if (home === '' || said !== '' && origin(said) !== home) refuse(reason, "the kind is not this issuer's");
    issuer = said || home;
  }
  const key = given ?? (expect.keys ? await keyIn(expect.keys, h.kid ?? '') : await certified(h, issuer, expect.roots, now));
  await verify(key, `${parts[0]}.${parts[1]}`, signature);
  return claims;
}

/** origin is scheme and host of an address, "" where it has none. */
function origin(address) {
  try {
    const u = new URL(address);
    return ['https:', 'http:'].includes(u.protocol) ? u.origin : '';
  } catch {
    return '';
  }
}

// ---- certificates: P-256 and ECDSA with SHA-256, and no others

/** der reads one element, of definite and shortest length, and what is behind it. */
function der(bytes, tag) {
  let length = bytes[1], from = 2;
  if (length >= 0x80) {
    const n = length & 0x7f;
    if (n < 1 || n > 3 || bytes.length < 2 + n) throw new Error('length');
    length = 0;
    for (let i = 0; i < n; i++) length = length * 256 + bytes[from++];
    if (length < 0x80 || n > 1 && length < 256 ** (n - 1)) throw new Error('length');
  }
  if (bytes.length < 2 || bytes.length < from + length || tag !== undefined && bytes[0] !== tag) throw new Error('element');
  return { tag: bytes[0], body: bytes.subarray(from, from + length), whole: bytes.subarray(0, from + length), rest: bytes.subarray(from + length) };
}
function elements(bytes) {
  const all = [];
  while (bytes.length > 0) {
    const e = der(bytes);
    all.push(e);
    bytes = e.rest;
  }
  return all;
}
const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
const only = (bytes, tag) => { const e = der(bytes, tag); if (e.rest.length) throw new Error('behind it'); return e; };

function instant(e) {
  const m = /^(\d{2}|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(binary(e.body));
  if (!m || m[1].length !== { 0x17: 2, 0x18: 4 }[e.tag]) throw new Error('time');
  const year = m[1].length === 4 ? +m[1] : +m[1] + (+m[1] < 50 ? 2000 : 1900);
  const at = Date.UTC(year, m[2] - 1, +m[3], +m[4], +m[5], +m[6]);
  if (new Date(at).toISOString().slice(2, 19).replace(/[-:T]/g, '') !== (m[1] + m.slice(2).join('')).slice(-12)) throw new Error('time');
  return at;
}

const ECDSA_SHA256 = '300a06082a8648ce3d040302';
const P256 = '3059301306072a8648ce3d020106082a8648ce3d030107034200';

function certificate(bytes) {
  const [tbs, algorithm, bits, ...more] = elements(only(bytes, 0x30).body);
  if (more.length || tbs.tag !== 0x30 || hex(algorithm.whole) !== ECDSA_SHA256 || bits.tag !== 3 || bits.body[0] !== 0) throw new Error('not a certificate of the one algorithm');
  const [version, serial, inner, issuer, validity, subject, key, extensions, ...rest] = elements(tbs.body);
  if (hex(version.whole) !== 'a003020102' || serial.tag !== 2 || hex(inner.whole) !== ECDSA_SHA256 || issuer.tag !== 0x30 || subject.tag !== 0x30 || rest.length) throw new Error('certificate');
  const spki = hex(key.whole);
  if (!spki.startsWith(`${P256}04`) || key.whole.length !== 91) throw new Error('another kind of key');
  const [from, to] = elements(validity.body).map(instant);
  const c = { bytes, signed: tbs.whole, signature: rawSignature(bits.body.subarray(1)), issuer: hex(issuer.whole), subject: hex(subject.whole), from, to,
    point: key.whole.subarray(26), ca: false, depth: Infinity, usage: 0, uris: [], hosts: [] };
  if (extensions !== undefined) readExtensions(c, only(extensions.body, 0x30).body, extensions.tag);
  return c;
}

function readExtensions(c, bytes, tag) {
  if (tag !== 0xa3) throw new Error('extensions');
  const seen = new Set();
  for (const e of elements(bytes)) {
    const parts = elements(e.body), id = hex(parts[0].whole), critical = parts.length === 3;
    const value = parts.at(-1);
    if (e.tag !== 0x30 || seen.has(id) || parts.length > 3 || value.tag !== 4 || critical && hex(parts[1].whole) !== '0101ff') throw new Error('extension');
    seen.add(id);
    switch (id) {
      case '0603551d13': { // basic constraints
        const [ca, depth] = elements(only(value.body, 0x30).body);
        c.ca = ca !== undefined && hex(ca.whole) === '0101ff';
        if (depth !== undefined) {
          if (depth.tag !== 2 || depth.body.length !== 1 || depth.body[0] > 127) throw new Error('depth');
          c.depth = depth.body[0];
        }
        break;
      }
      case '0603551d0f': // key usage: bit 0 signatures, bit 5 certificates
        c.usage = only(value.body, 3).body[1] ?? 0;
        if (c.usage === 0) throw new Error('a key for nothing');
        break;
      case '0603551d11': // other names
        for (const name of elements(only(value.body, 0x30).body)) {
          if (name.tag === 0x86) c.uris.push(binary(name.body));
          if (name.tag === 0x82) c.hosts.push(binary(name.body).toLowerCase());
        }
        break;
      case '0603551d25': case '0603551d0e': case '0603551d23': // usages beyond, ids of keys
        break;
      case '0603551d1e': // constraints on names are not read here, so nothing below passes
        throw new Error('constraints on names');
      default:
        if (critical) throw new Error('something critical that is not known here');
    }
  }
}

function rawSignature(bytes) {
  const out = new Uint8Array(64);
  const numbers = elements(only(bytes, 0x30).body);
  if (numbers.length !== 2) throw new Error('signature');
  numbers.forEach(({ tag, body }, i) => {
    if (tag !== 2 || body.length === 0 || body[0] > 0x7f || body.length > 1 && body[0] === 0 && body[1] < 0x80) throw new Error('signature');
    if (body[0] === 0) body = body.subarray(1);
    if (body.length > 32) throw new Error('signature');
    out.set(body, 32 * (i + 1) - body.length);
  });
  return out;
}

const imported = (c) => crypto.subtle.importKey('raw', c.point, ES256, false, ['verify']);
const base64 = (s) => { // standard, padded, canonical
  const bytes = Uint8Array.from(atob(s), (c) => c.charCodeAt(0));
  if (btoa(binary(bytes)) !== s) throw new Error('base64');
  return bytes;
};

/** rootsOf reads certificates in PEM. */
function rootsOf(pem) {
  const all = [];
  for (const [, body] of pem.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g)) {
    try { all.push(certificate(base64(body.replace(/\s/g, '')))); } catch (e) { refuse(KEY, `root: ${e.message}`); }
  }
  return all;
}

function names(c, issuer) {
  if (c.uris.includes(issuer)) return true;
  if (issuer === '') return true;
  let url;
  try { url = new URL(issuer); } catch { return false; }
  return url.protocol === 'https:' && c.hosts.includes(url.host.toLowerCase());
}

/** certified gives the key of the first certificate of `x5c`, if a root vouches for it, over the others, and it is for this issuer. */
async function certified(h, issuer, roots, now) {
  const texts = h.x5c, chain = [];
  if (!Array.isArray(texts) || texts.length === 0 || texts.length > MAX.certificates || !texts.every((t) => typeof t === 'string')) refuse(KEY, 'no certificates, or too many');
  for (const t of texts) {
    try { chain.push(certificate(base64(t))); } catch (e) { refuse(KEY, `certificate: ${e.message}`); }
    if (chain.at(-1).subject === chain.at(-1).issuer) refuse(KEY, 'it vouches for itself');
  }
  const [own, ...way] = chain;
  if (own.ca || own.usage !== 0 && !(own.usage & 0x80) || !names(own, issuer)) refuse(KEY, 'not for the signatures of this issuer');
  if (!await vouched(own, way, rootsOf(roots), now.getTime(), 0)) refuse(KEY, 'no root vouches for the certificate');
  return imported(own);
}

/** vouched looks for a way from a certificate to a root; below is how many authorities stand under the next one. */
async function vouched(c, way, roots, now, below) {
  if (now < c.from || now > c.to) return false;
  const vouches = async (by) => {
    if (by.subject !== c.issuer || !by.ca || by.usage !== 0 && !(by.usage & 0x04) || by.depth < below || now < by.from || now > by.to) return false;
    try { await verify(await imported(by), c.signed, c.signature); } catch { return false; }
    return true;
  };
  for (const by of roots) if (await vouches(by)) return true;
  for (const by of way) {
    if (await vouches(by) && await vouched(by, way.filter((w) => w !== by), roots, now, below + 1)) return true;
  }
  return false;
}

// ---- times

/** date reads a time of this millennium, in seconds; absent is undefined. */
function date(o, name, reason) {
  const v = o[name];
  if (v === undefined) return undefined;
  return typeof v === 'number' && v >= 946684800 && v <= 32503680000 ? v : refuse(reason, name);
}
const rfc3339 = (seconds) => new Date(Math.floor(seconds) * 1000).toISOString().replace('.000Z', 'Z');
const seconds = (now) => now.getTime() / 1000;

function inTime(o, now, reason) {
  const exp = date(o, 'exp', reason), nbf = date(o, 'nbf', reason);
  if (exp !== undefined && seconds(now) >= exp) refuse(reason, 'past its time');
  if (nbf !== undefined && seconds(now) < nbf) refuse(reason, 'before its time');
  return exp;
}

function answerTimes(o, now) {
  const iat = date(o, 'iat', TOKEN), exp = date(o, 'exp', TOKEN), nbf = date(o, 'nbf', TOKEN);
  date(o, 'auth_time', TOKEN);
  if (iat === undefined || exp === undefined) refuse(TOKEN, 'iat or exp');
  if (seconds(now) >= exp) refuse(TOKEN, 'expired');
  if (iat >= exp) refuse(TOKEN, 'expires before it was issued');
  if (iat > seconds(now) + 60 || nbf !== undefined && nbf > seconds(now) + 60) refuse(TOKEN, 'not yet valid');
  return { issued: iat, expires: exp };
}

// ---- answers

const MARKS = ['age_over_14', 'age_over_18', 'age_over_60'];

/**
 * checkAnswer checks an ID token.
 * @param {string} idToken
 * @param {{keys: object|string, issuer: string, audience: string, nonce?: string}} expect keys is the issuer's JWK Set
 * @param {Date} now
 * @returns {Promise<{issuer: string, audience: string, subject: string, mode: string, receipt: string, issued: number, expires: number, over: Object<string, boolean>}>} times in seconds
 */
export async function checkAnswer(idToken, expect, now) {
  if (idToken.length > MAX.answer) refuse(TOKEN, 'too long');
  if (!expect.keys || !expect.issuer || !expect.audience) refuse(TOKEN, 'nothing to compare with');
  const claims = await signed(idToken, ['', 'jwt'], { keys: expect.keys }, now, TOKEN);
  return readAnswer(claims, expect, now);
}

function readAnswer(claims, expect, now) {
  for (const [name, want] of [['iss', expect.issuer], ['nonce', expect.nonce ?? '']]) {
    if (text(claims, name, TOKEN) !== want) refuse(TOKEN, name);
  }
  const aud = Array.isArray(claims.aud) && claims.aud.length === 1 ? claims.aud[0] : claims.aud;
  const azp = text(claims, 'azp', TOKEN);
  if (aud !== expect.audience || azp !== '' && azp !== aud) refuse(TOKEN, 'aud');
  const out = { issuer: claims.iss, audience: aud, ...answerTimes(claims, now), over: {} };
  for (const [name, as] of [['sub', 'subject'], ['acr', 'mode'], ['receipt', 'receipt']]) out[as] = text(claims, name, TOKEN);
  if (out.subject === '' || out.subject.length > 255) refuse(TOKEN, 'sub');
  for (const name of MARKS) {
    if (claims[name] === undefined) continue;
    if (typeof claims[name] !== 'boolean') refuse(TOKEN, name);
    out.over[name] = claims[name];
  }
  return out;
}

// ---- credentials

const NEVER_HIDDEN = ['iss', 'aud', 'nbf', 'exp', 'cnf', 'vct', 'vct#integrity', 'aka_vcts', 'status'];

/** disclose puts the disclosures where their digests stand, all of them or none (RFC 9901 §7.1). */
async function disclose(payload, texts) {
  const alg = payload._sd_alg;
  if (alg !== undefined && alg !== 'sha-256') throw new Error('digests of another kind');
  const by = new Map(), met = new Set();
  for (const t of texts) {
    const content = parse(utf8(decode(t)), 'array');
    if (content.length !== 2 && content.length !== 3 || typeof content[0] !== 'string') throw new Error('a disclosure that is none');
    by.set(await digest(t), content);
  }
  let used = 0;
  const take = (d, length) => {
    if (typeof d !== 'string') throw new Error('a digest that is no string');
    if (met.has(d)) throw new Error('a digest is there twice');
    met.add(d);
    const content = by.get(d);
    if (content === undefined) return undefined;
    if (content.length !== length) throw new Error('a disclosure of the other kind');
    used++;
    return content;
  };
  const value = (v, depth) => {
    if (depth > MAX.depth) throw new Error('too deep');
    if (Array.isArray(v)) return array(v, depth);
    if (!isObject(v)) return v;
    if ('_sd_alg' in v) throw new Error('the kind of digests is said twice');
    return object(v, depth);
  };
  const array = (all, depth) => {
    const out = [];
    for (let v of all) {
      if (isObject(v) && '...' in v) {
        if (Object.keys(v).length !== 1) throw new Error('the digest of an element is not alone');
        const content = take(v['...'], 2);
        if (content === undefined) continue;
        v = content[1];
      }
      out.push(value(v, depth + 1));
    }
    return out;
  };
  const object = (o, depth) => {
    const out = Object.create(null), seen = new Set();
    const put = (name, v) => {
      if (seen.has(fold(name))) throw new Error('a name is there already');
      seen.add(fold(name));
      out[name] = v;
    };
    for (const [name, v] of Object.entries(o)) {
      if (name === '_sd' || depth === 0 && name === '_sd_alg') continue;
      if (name === '...') throw new Error('a digest of an element outside of an array');
      const before = used;
      put(name, value(v, depth + 1));
      if (depth === 0 && used > before && NEVER_HIDDEN.includes(name)) throw new Error(`${name} is hidden in part`);
    }
    if ('_sd' in o) {
      if (!Array.isArray(o._sd)) throw new Error('digests that are no array');
      for (const d of o._sd) {
        const content = take(d, 3);
        if (content === undefined) continue; // not disclosed, or a decoy
        const name = content[1];
        if (typeof name !== 'string' || ['_sd', '...', '_sd_alg'].includes(name) || depth === 0 && NEVER_HIDDEN.includes(name)) throw new Error('a name that cannot be disclosed');
        put(name, value(content[2], depth + 1));
      }
    }
    return out;
  };
  const out = object(payload, 0);
  if (used !== texts.length) throw new Error('a disclosure that no digest answers for');
  return out;
}

/**
 * checkPresentation checks a credential (SD-JWT VC) that its holder presented. The status, where it has one, is for
 * checkStatusList and statusOf.
 * @param {string} presentation
 * @param {{kind: string, roots?: string, keys?: object|string, issuer?: string, audience: string, nonce: string, window?: number}} expect
 *   roots: PEM, or keys: the issuer's JWK Set, with issuer (with roots it may be left out: then the one at whose address the kind is); window in seconds, 300 if not given
 * @param {Date} now
 * @returns {Promise<{kind: string, issuer: string, issued?: number, expires?: number, claims: object, status?: {index: number, uri: string}}>}
 */
export async function checkPresentation(presentation, expect, now) {
  if (!expect.audience || !expect.nonce) refuse(CREDENTIAL, 'nothing to compare with');
  const { credential, payload, proof } = await opened(presentation, expect, now);
  await proven(payload, proof, presentation.slice(0, presentation.length - proof.length), expect, now);
  return credential;
}

/** checkCredential is checkPresentation for a credential without a holder's proof: what the issuer said, and not who shows it. */
export async function checkCredential(credential, expect, now) {
  const found = await opened(credential, expect, now);
  if (found.proof !== '') refuse(CREDENTIAL, "a holder's proof, and nobody asked for one");
  return found.credential;
}

async function opened(whole, expect, now) {
  if (!expect.kind || !expect.roots === !expect.keys || expect.keys && !expect.issuer) refuse(CREDENTIAL, 'nothing to compare with');
  if (whole.length > MAX.presentation) refuse(CREDENTIAL, 'too long');
  const [jwt, ...disclosures] = whole.split('~');
  if (disclosures.length < 1 || disclosures.length > MAX.disclosures + 1) refuse(CREDENTIAL, 'no disclosures, or too many');
  const proof = disclosures.pop();
  const payload = await signed(jwt, ['dc+sd-jwt'], expect, now, CREDENTIAL);
  let claims;
  try { claims = await disclose(payload, disclosures); } catch (e) { refuse(CREDENTIAL, e.message); }
  if (claims.vct !== expect.kind) refuse(CREDENTIAL, 'of another kind');
  const credential = { kind: claims.vct, issuer: text(claims, 'iss', CREDENTIAL), issued: date(claims, 'iat', CREDENTIAL), expires: inTime(claims, now, CREDENTIAL), claims };
  if ('status' in claims) {
    const list = isObject(claims.status) && isObject(claims.status.status_list) ? claims.status.status_list : refuse(CREDENTIAL, 'a status that is not understood');
    if (!Number.isSafeInteger(list.idx) || list.idx < 0 || typeof list.uri !== 'string' || list.uri === '') refuse(CREDENTIAL, 'a status that is not understood');
    credential.status = { index: list.idx, uri: list.uri };
  }
  return { credential, payload, proof };
}

async function proven(payload, proof, over, expect, now) {
  const parts = proof.split('.');
  if (parts.length !== 3) refuse(CREDENTIAL, "no holder's proof");
  const jwk = isObject(payload.cnf) && isObject(payload.cnf.jwk) ? payload.cnf.jwk : refuse(CREDENTIAL, 'the issuer named no key of the holder');
  const claims = await signed(proof, ['kb+jwt'], {}, now, CREDENTIAL, await keyOf(jwk));
  for (const [name, want] of [['aud', expect.audience], ['nonce', expect.nonce], ['sd_hash', await digest(over)]]) {
    if (claims[name] !== want) refuse(CREDENTIAL, `holder's proof: it is for another ${name}`);
  }
  const made = date(claims, 'iat', CREDENTIAL), window = expect.window ?? 300;
  if (made === undefined || Math.abs(seconds(now) - made) > window) refuse(CREDENTIAL, "holder's proof: iat");
  inTime(claims, now, CREDENTIAL);
}

// ---- statuses

/**
 * checkStatusList checks a list of statuses (a JWT) for this address.
 * @param {string} token
 * @param {string} uri
 * @param {{roots?: string, keys?: object|string, issuer?: string}} expect
 * @param {Date} now
 * @returns {Promise<{uri: string, issued: number, expires?: number, bits: number, packed: Uint8Array}>}
 */
export async function checkStatusList(token, uri, expect, now) {
  if (token.length > MAX.list || !uri || !expect.roots === !expect.keys) refuse(STATUS, 'too long, or nothing to compare with');
  const claims = await signed(token, ['statuslist+jwt'], expect, now, STATUS);
  if (text(claims, 'sub', STATUS) !== uri) refuse(STATUS, 'the list of another address');
  const issued = date(claims, 'iat', STATUS), expires = date(claims, 'exp', STATUS);
  if (issued === undefined) refuse(STATUS, 'iat');
  if ('ttl' in claims && !(typeof claims.ttl === 'number' && claims.ttl > 0 && claims.ttl < 2 ** 31)) refuse(STATUS, 'ttl');
  if (expires !== undefined && seconds(now) >= expires) refuse(STATUS, 'past its time');
  if (issued > seconds(now) + 60) refuse(STATUS, 'from the future');
  const list = isObject(claims.status_list) ? claims.status_list : refuse(STATUS, 'no list');
  if (![1, 2, 4, 8].includes(list.bits) || typeof list.lst !== 'string') refuse(STATUS, 'bits or lst');
  let packed;
  try { packed = await unpack(decode(list.lst)); } catch (e) { refuse(STATUS, e.message); }
  return { uri, issued, expires, bits: list.bits, packed };
}

/** statusOf is what a list says of a credential's status: "valid", "revoked", "frozen" or "unknown". */
export function statusOf(list, status, now) {
  if (status.uri !== list.uri) refuse(STATUS, 'the list of another address');
  if (list.expires !== undefined && seconds(now) >= list.expires) refuse(STATUS, 'past its time');
  const at = status.index * list.bits;
  if (status.index >= Math.floor(list.packed.length * 8 / list.bits)) refuse(STATUS, 'no such place');
  return ['valid', 'revoked', 'frozen'][list.packed[Math.floor(at / 8)] >> at % 8 & 2 ** list.bits - 1] ?? 'unknown';
}

/** unpack takes what zlib made, up to the bound, with its checksum and nothing behind it. */
async function unpack(bytes) {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  const chunks = [];
  let length = 0, a = 1, b = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if ((length += value.length) > MAX.unpacked) {
      await reader.cancel();
      throw new Error('too large');
    }
    chunks.push(value);
  }
  const out = new Uint8Array(length);
  let at = 0;
  for (const c of chunks) { out.set(c, at); at += c.length; }
  for (let i = 0; i < length;) { // Adler-32: not every stream refuses bytes that stand behind it
    const end = Math.min(i + 3800, length);
    for (; i < end; i++) { a += out[i]; b += a; }
    a %= 65521;
    b %= 65521;
  }
  if (length === 0 || new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4).getUint32(0) !== b * 65536 + a) throw new Error('empty, or not all of it a list');
  return out;
}

// ---- what a service states

/** checkTrustList checks a trust list by roots (or keys) from elsewhere, and gives the roots in it, as PEM. */
export async function checkTrustList(token, expect, now) {
  const claims = await stated(token, 'netid-trust+jwt', expect, now);
  let roots;
  try {
    if (claims.roots.length === 0 || claims.roots.length > 16) throw new Error();
    roots = claims.roots.map((r) => {
      if (!certificate(base64(r)).ca) throw new Error();
      return `-----BEGIN CERTIFICATE-----\n${r.replace(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`;
    });
  } catch { refuse(KEY, 'a root that is none'); }
  return { issuer: claims.iss, issued: claims.iat, expires: claims.exp, roots: roots.join(''), count: roots.length };
}

/** checkRegistration checks what a service states of a party that asks. */
export async function checkRegistration(token, expect, now) {
  const c = await stated(token, 'netid-registration+jwt', expect, now);
  if (text(c, 'sub', TOKEN) === '' || !isObject(c.name) || !isObject(c.purpose) || !isObject(c.kinds)) refuse(TOKEN, 'sub, name, purpose or kinds');
  return { issuer: c.iss, party: c.sub, name: c.name, domain: text(c, 'domain', TOKEN), purpose: c.purpose, kinds: c.kinds, certificates: c['x5t#S256'] ?? [], issued: c.iat, expires: c.exp };
}

/**
 * checkRequest checks what a party asks of a wallet (OpenID4VP 1.0 §5): signed by the key of the certificate that
 * the client's id names (`x509_hash:`, §5.9.3), for which a root vouches. `iss` is not looked at (§5.8).
 * @returns {Promise<{request: object, thumbprint: string}>}
 */
export async function checkRequest(token, client, expect, now) {
  const parts = token.split('.');
  if (token.length > MAX.keys || parts.length !== 3) refuse(TOKEN, 'not three parts, or too long');
  const h = header(parts[0], ['oauth-authz-req+jwt'], TOKEN);
  const key = await certified(h, '', expect.roots, now);
  const thumbprint = encode(new Uint8Array(await crypto.subtle.digest('SHA-256', base64(h.x5c[0]))));
  const request = await signed(token, ['oauth-authz-req+jwt'], {}, now, TOKEN, key);
  if (client !== `x509_hash:${thumbprint}` || request.client_id !== client) refuse(KEY, 'asked by another than its id says');
  inTime(request, now, TOKEN);
  return { request, thumbprint };
}

/** checkResult checks what a service says to a party for which it asked a wallet (POST /vp/requests). */
export async function checkResult(token, expect, now) {
  const c = await stated(token, 'netid-result+jwt', { keys: expect.keys, issuer: expect.issuer }, now);
  const aud = Array.isArray(c.aud) && c.aud.length === 1 ? c.aud[0] : c.aud;
  if (!expect.audience || aud !== expect.audience || text(c, 'azp', TOKEN) !== '' && c.azp !== aud) refuse(TOKEN, 'aud');
  if (text(c, 'nonce', TOKEN) !== (expect.nonce ?? '')) refuse(TOKEN, 'nonce');
  if (!isObject(c.says) || !Object.keys(c.says).length || !Object.values(c.says).every((v) => typeof v === 'boolean')) refuse(TOKEN, 'says');
  return { issuer: c.iss, audience: aud, says: c.says, issued: c.iat, expires: c.exp };
}

async function stated(token, typ, expect, now) {
  if (token.length > MAX.keys || !expect.roots === !expect.keys || !expect.issuer) refuse(TOKEN, 'too long, or nothing to compare with'); // a root certifies parties too
  const claims = await signed(token, [typ], expect, now, TOKEN);
  if (claims.iss !== expect.issuer) refuse(TOKEN, 'iss');
  answerTimes(claims, now);
  return claims;
}

// ---- any text

/**
 * read tells by its form what a text is, and checks it with what is known. What is missing is not guessed: it stands in open.
 * @param {string|Uint8Array} input
 * @param {{roots?: string, issuer?: string, keys?: object|string, lists?: string[], audience?: string, nonce?: string, now: Date}} known
 * @returns {Promise<{form: string, verdict: "proven"|"not_proven"|"not_checked", why?: Refusal, facts: {name: string, value: string}[], open: string[]}>}
 */
export async function read(input, known) {
  const found = { form: 'unknown', verdict: 'not_proven', facts: [], open: [] };
  try {
    if (typeof input !== 'string') {
      if (input[0] === 0xd2) { // COSE: not read here
        found.form = 'status_list';
        throw new Unchecked('cwt');
      }
      input = utf8(input);
    }
    if (input.length > MAX.text) refuse(TOKEN, 'too long');
    input = input.trim();
    found.form = form(input);
    const check = checks[found.form];
    if (!check) throw found.form === 'unknown' ? new Refusal(TOKEN, 'nothing that is known here') : new Unchecked(found.form);
    await check(input, known, found);
    found.verdict = 'proven';
  } catch (e) {
    found.facts = [];
    found.why = e;
    if (e instanceof Unchecked) {
      found.verdict = 'not_checked';
      found.open.push(e.what);
    } else if (!(e instanceof Refusal)) found.why = new Refusal(TOKEN, e.message);
  }
  return found;
}

/** Unchecked: there is nothing to check it by, or no way here. */
class Unchecked extends Error {
  constructor(what) {
    super('not_checked');
    this.what = what;
  }
}

function form(s) {
  if (s[0] === '{') {
    let o;
    try { o = parse(s, 'object'); } catch { return 'unknown'; }
    for (const [member, is] of [['signatures', 'receipt'], ['statement', 'approval'], ['events', 'export'], ['event', 'record']]) if (member in o) return is;
    return 'unknown';
  }
  if (s.startsWith('N1:')) return 'slip';
  if (s.includes('\n\n\u2014 ')) return 'head';
  if (/[ \t\r\n]/.test(s) || s.length > MAX.list) return 'unknown';
  if (s.endsWith('~')) return 'credential';
  if (s.includes('~')) return 'presentation';
  const parts = s.split('.');
  if (parts.length === 5) return 'sealed';
  if (parts.length !== 3) return 'unknown';
  let typ;
  try { typ = decodeObject(parts[0]).typ ?? ''; } catch { return 'unknown'; }
  return { '': 'answer', jwt: 'answer', 'statuslist+jwt': 'status_list', 'netid-trust+jwt': 'trust_list', 'netid-registration+jwt': 'registration', 'netid-result+jwt': 'result', 'netid-venue-bundle+jwt': 'bundle' }[String(typ).toLowerCase()] ?? 'unknown';
}

/** peek reads a JWT before anything is checked: only to learn what to compare with where nobody said. */
function peek(jwt) {
  try {
    const parts = jwt.split('.');
    return { head: decodeObject(parts[0]), said: decodeObject(parts[1]) };
  } catch {
    return { head: Object.create(null), said: Object.create(null) };
  }
}

function or(value, what, said, found) {
  if (value) return value;
  found.open.push(what);
  return typeof said === 'string' ? said : '';
}

/** signer picks of what is known what can check this. */
function signer({ head, said }, known, found) {
  if (head.alg === 'urn:netid:alg:SM2') throw new Unchecked('sm2');
  if (known.roots && 'x5c' in head) return { roots: known.roots, issuer: or(known.issuer, 'issuer', said.iss, found) };
  if (!known.keys) throw new Unchecked('keys');
  return { keys: known.keys, issuer: 'iss' in said ? or(known.issuer, 'issuer', said.iss, found) : known.issuer };
}

const fact = (found, name, value) => { if (value !== undefined && value !== '') found.facts.push({ name, value: String(value) }); };
const when = (found, name, at) => { if (at !== undefined) fact(found, name, rfc3339(at)); };

function addressed(said, known, found) {
  const aud = Array.isArray(said.aud) && said.aud.length === 1 ? said.aud[0] : said.aud;
  return { audience: or(known.audience, 'audience', aud, found), nonce: 'nonce' in said ? or(known.nonce, 'nonce', said.nonce, found) : known.nonce };
}

function answered(a, found) {
  for (const name of ['issuer', 'audience', 'subject', 'mode', 'receipt']) fact(found, name, a[name]);
  for (const name of MARKS) fact(found, name, a.over[name]);
  when(found, 'issued', a.issued);
  when(found, 'expires', a.expires);
}

async function presented(input, known, found) {
  const outer = peek(input.split('~', 1)[0]);
  const expect = { ...signer(outer, known, found), kind: outer.said.vct };
  if (expect.roots) expect.issuer = known.issuer; // the text does not say whose the kind is: its address does
  let c;
  if (found.form === 'presentation') {
    const { said } = peek(input.slice(input.lastIndexOf('~') + 1));
    expect.audience = or(known.audience, 'audience', said.aud, found);
    expect.nonce = or(known.nonce, 'nonce', said.nonce, found);
    c = await checkPresentation(input, expect, known.now);
  } else c = await checkCredential(input, expect, known.now);
  fact(found, 'kind', c.kind);
  fact(found, 'issuer', c.issuer);
  when(found, 'issued', c.issued);
  when(found, 'expires', c.expires);
  for (const name of ['real_person', ...MARKS]) if (typeof c.claims[name] === 'boolean') fact(found, name, c.claims[name]);
  fact(found, 'audience', expect.audience);
  await looked(c, known, found);
}

/** looked: a list that was given and does not answer is a failure. */
async function looked(c, known, found) {
  if (!c.status) return;
  if (!known.lists?.length) { found.open.push('status'); return; }
  let failed;
  for (const token of known.lists) {
    try {
      const expect = signer(peek(token.trim()), known, found);
      const list = await checkStatusList(token.trim(), c.status.uri, expect, known.now);
      const status = statusOf(list, c.status, known.now);
      if (status !== 'valid') failed = new Refusal(STATUS, `it is ${status}`);
      else {
        fact(found, 'status', status);
        when(found, 'status_issued', list.issued);
        return;
      }
      break;
    } catch (e) { failed = e; }
  }
  throw failed;
}

const checks = {
  async answer(input, known, found) {
    const outer = peek(input), expect = signer(outer, known, found);
    if (expect.roots) refuse(KEY, 'an answer is checked by keys alone');
    answered(await checkAnswer(input, { ...expect, ...addressed(outer.said, known, found) }, known.now), found);
  },
  async receipt(input, known) {
    if (input.length > MAX.receipt) refuse(RECEIPT, 'too long');
    const o = parse(input, 'object');
    const halves = Array.isArray(o.signatures) && o.signatures.length === 2 ? o.signatures : refuse(RECEIPT, 'not two signatures');
    if (Object.keys(o).length !== 2 || typeof o.payload !== 'string' || !halves.every((h) => isObject(h) && Object.keys(h).length === 2 && typeof h.protected === 'string' && typeof h.signature === 'string')) refuse(RECEIPT, 'not what a receipt has');
    const heads = halves.map((h) => peek(`${h.protected}.${o.payload}`).head);
    const at = heads.findIndex((h) => h.alg === 'ES256');
    if (at < 0 || heads[1 - at].alg !== 'urn:netid:alg:SM2') refuse(RECEIPT, 'not one signature of each kind');
    if (!known.keys) throw new Unchecked('keys');
    const claims = await signed(`${halves[at].protected}.${o.payload}.${halves[at].signature}`, ['netid-receipt+jwt'], { keys: known.keys }, known.now, RECEIPT);
    readAnswer(claims, { issuer: known.issuer || claims.iss, audience: known.audience || claims.aud, nonce: known.nonce || claims.nonce }, known.now);
    throw new Unchecked('sm2'); // half of it held
  },
  credential: presented,
  presentation: presented,
  async status_list(input, known, found) {
    const outer = peek(input), expect = signer(outer, known, found);
    const list = await checkStatusList(input, outer.said.sub, expect, known.now);
    fact(found, 'address', list.uri);
    fact(found, 'places', Math.floor(list.packed.length * 8 / list.bits));
    when(found, 'issued', list.issued);
    when(found, 'expires', list.expires);
  },
  async trust_list(input, known, found) {
    const t = await checkTrustList(input, signer(peek(input), known, found), known.now);
    fact(found, 'issuer', t.issuer);
    when(found, 'issued', t.issued);
    when(found, 'expires', t.expires);
    fact(found, 'roots', t.count);
  },
  async result(input, known, found) {
    const outer = peek(input), expect = signer(outer, known, found);
    const r = await checkResult(input, { ...expect, ...addressed(outer.said, known, found) }, known.now);
    for (const name of ['issuer', 'audience']) fact(found, name, r[name]);
    for (const name of ['real_person', ...MARKS]) fact(found, name, r.says[name]);
    when(found, 'issued', r.issued);
    when(found, 'expires', r.expires);
  },
  async registration(input, known, found) {
    const r = await checkRegistration(input, signer(peek(input), known, found), known.now);
    for (const [name, value] of [['issuer', r.issuer], ['party', r.party], ['name_zh', r.name.zh], ['name_en', r.name.en], ['domain', r.domain], ['purpose_zh', r.purpose.zh], ['purpose_en', r.purpose.en]]) fact(found, name, value);
    when(found, 'expires', r.expires);
  },
};
