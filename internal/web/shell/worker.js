// Shows, without a network, the few pages that work without one. It stands
// between the browser and every page, so it is as small as it can be:
//
// - It asks for what it keeps without cookies, so no page that it keeps can be
//   about anybody, whoever is signed in.
// - It asks for no page that a person opens: the browser does (navigation
//   preload), with everything that tells our server who asks, and from where.
// - Forms, files and scripts' own questions pass it by.
//
// BUILD is put in front by the server: other bytes of ours make another worker,
// which fills a place of its own and clears the former's.

const says = new URL(self.location.href).searchParams; // the language and the view that the citizen chose
const PLACE = ["netid", BUILD, says.get("locale"), says.get("view")].join(" ");
const PAGES = ["/offline", "/qr"];

// keep takes a page, and what it and its modules name.
async function keep(place, address) {
  if (await place.match(address)) return;
  const page = PAGES.includes(address);
  const answer = await fetch(page ? address + "?" + says : address, { credentials: "omit", cache: "no-cache", headers: { "Accept-Language": says.get("locale") ?? "" } });
  if (!answer.ok || answer.redirected) return; // a door that is not there
  await place.put(address, answer.clone());
  if (!page && !/\.(m?js|css)$/.test(address)) return;
  const named = (await answer.text()).matchAll(/["'(](?:\/assets|\.)\/([\w-]+\.(?:css|m?js|svg))["')]/g);
  for (const [, name] of named) await keep(place, "/assets/" + name);
}

async function install() {
  const place = await caches.open(PLACE);
  for (const page of PAGES) await keep(place, page);
  if (!await place.match(PAGES[0])) throw new Error("nothing to show");
  await self.skipWaiting();
}

async function activate() {
  for (const name of await caches.keys()) if (name !== PLACE) await caches.delete(name);
  await self.registration.navigationPreload?.enable();
}

async function open(event, path) {
  try {
    return await event.preloadResponse ?? await fetch(event.request);
  } catch {
    const place = await caches.open(PLACE);
    return await place.match(PAGES.includes(path) ? path : PAGES[0]) ?? Response.error();
  }
}

async function fresh(event, path) {
  try {
    return await fetch(event.request);
  } catch {
    return await (await caches.open(PLACE)).match(path) ?? Response.error();
  }
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event, { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(open(event, pathname));
  else if (/^\/assets\/[\w-]+\.(css|m?js|svg)$/.test(pathname)) event.respondWith(fresh(event, pathname));
});
