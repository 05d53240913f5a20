// The device's own keep: its key, its certificate, and the newest ledger head
// that it has seen. The private key is made here and cannot be read out.

const NAME = "netid", STORE = "keep";

function open() {
  return new Promise((done, failed) => {
    const r = indexedDB.open(NAME, 1);
    r.onupgradeneeded = () => r.result.createObjectStore(STORE);
    r.onsuccess = () => done(r.result);
    r.onerror = () => failed(r.error);
  });
}

async function within(mode, act) {
  const db = await open();
  try {
    return await new Promise((done, failed) => {
      const t = db.transaction(STORE, mode);
      const r = act(t.objectStore(STORE));
      t.oncomplete = () => done(r.result);
      t.onerror = t.onabort = () => failed(t.error);
    });
  } finally {
    db.close();
  }
}

export const read = (name) => within("readonly", (s) => s.get(name));
export const keep = (name, value) => within("readwrite", (s) => s.put(value, name));
export const drop = (name) => within("readwrite", (s) => s.delete(name));

// take reads and drops in one step, so that two pages never take the same.
export const take = (name) => within("readwrite", (s) => {
  const r = s.get(name);
  s.delete(name);
  return r;
});

// names are those of what is kept that begin like this.
export const names = (prefix) => within("readonly", (s) => s.getAllKeys(IDBKeyRange.bound(prefix, prefix + "\uffff")));

// forget leaves nothing of this service in the browser's store.
export function forget() {
  return new Promise((done, failed) => {
    const r = indexedDB.deleteDatabase(NAME);
    r.onsuccess = () => done();
    r.onerror = r.onblocked = () => failed(r.error);
  });
}

export const utf8 = (text) => new TextEncoder().encode(text);

export function base64url(bytes) {
  let s = "";
  for (const b of new Uint8Array(bytes)) s += String.fromCharCode(b);
  return btoa(s).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function unbase64(text) {
  const s = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(s, (c) => c.charCodeAt(0));
}

// makeKey is a P-256 key pair whose private half no script can export.
export async function makeKey() {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { key: pair.privateKey, jwk: { kty, crv, x, y } };
}

// sign is ES256 over the text's UTF-8 bytes: r||s, base64url.
export async function sign(key, text) {
  return base64url(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, utf8(text)));
}

// worded is a party's text in the page's language, or in the one that it has.
export const worded = (text, lang = document.documentElement.lang.startsWith("zh") ? "zh" : "en") => text[lang] || text.zh || text.en;

export const show = (element, yes = true) => { if (element) element.hidden = !yes; };

// busy says on the button itself what it is waiting for.
export function busy(button, yes) {
  if (!button) return;
  button.dataset.idle ??= button.textContent;
  button.textContent = yes ? button.dataset.busy ?? button.dataset.idle : button.dataset.idle;
  button.disabled = yes;
}
