// Turns signals on or off in this browser: a worker of ours that shows one
// sentence, and a subscription at the service of the browser's maker, bound to
// netid's key. Only its address goes to netid: a signal has no content, so the
// subscription's own keys stay where they are.
import { busy, show, unbase64 } from "./device.js";

const WORKER = "/assets/signals-worker.js";

// The page's security policy lets this one address be made, and no other.
const createScriptURL = (notice) => WORKER + "?" + new URLSearchParams({ notice });
const policy = window.trustedTypes?.createPolicy("signals", { createScriptURL }) ?? { createScriptURL };

const on = document.getElementById("on");
const off = document.getElementById("off");

function say(what) {
  for (const p of on.querySelectorAll("[data-said]")) show(p, p.dataset.said === what);
}

async function ours() {
  return (await navigator.serviceWorker.getRegistrations()).find((r) => new URL((r.active ?? r.waiting ?? r.installing).scriptURL).pathname === WORKER);
}

// quiet ends the subscription at the maker's service, and the worker.
async function quiet() {
  const r = await ours();
  await (await r?.pushManager.getSubscription())?.unsubscribe();
  await r?.unregister();
}

let settled;

async function subscribe() {
  await settled;
  const r = await navigator.serviceWorker.register(policy.createScriptURL(on.dataset.notice));
  const worker = r.installing ?? r.waiting ?? r.active;
  if (worker.state !== "activated") await new Promise((done) => worker.addEventListener("statechange", () => worker.state === "activated" && done()));
  return r.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: unbase64(on.dataset.point) });
}

if (on && "serviceWorker" in navigator && "PushManager" in window) {
  settled = quiet().catch(() => {}); // what netid refused, another device turned off, or a former key was bound to ends here too
  const button = on.querySelector("button");
  button.disabled = false;
  on.addEventListener("submit", async (event) => {
    event.preventDefault();
    say("");
    busy(button, true);
    try {
      if (await Notification.requestPermission() !== "granted") {
        say("denied");
      } else {
        on.elements.endpoint.value = (await subscribe()).endpoint;
        return on.submit();
      }
    } catch {
      await (settled = quiet().catch(() => {}));
      say("unable");
    }
    busy(button, false);
  });
} else if (on) {
  say("unable");
}

off?.addEventListener("submit", async (event) => {
  event.preventDefault();
  await quiet().catch(() => {}); // netid forgets the address whatever the browser does
  off.submit();
});
