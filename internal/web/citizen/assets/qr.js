// Shows a code at a door: one slip, signed anew each half minute by its own key. It
// works without a network while this device has slips; a slip that was on the screen
// is never on it again after that, so that no two doors see the same.
import { show } from "./device.js";
import { codeOf, HALF_MINUTE, stepOf } from "./gate.js";
import { lit, rests } from "./screen.js";
import { left, refill, spend } from "./slips.js";
import { draw } from "./square.js";

const LASTS = 10 * 60; // seconds: by then whoever queued is through this door, and the next one is another

const main = document.querySelector("main");
const code = document.getElementById("code"), square = code.querySelector("svg");
const now = () => Date.now() / 1000;
let shown = null;

// say has the page show one thing: the code, or one of its sentences. Another try is offered where one may help.
function say(what) {
  show(code, what === "code");
  for (const p of main.querySelectorAll("[data-said]")) show(p, p.dataset.said === what);
  show(document.getElementById("again"), !["code", "fetching", "over"].includes(what));
}

function putAway(why) {
  shown = null;
  lit(false);
  square.querySelector("path").removeAttribute("d");
  say(why);
}

const sign = ({ key }, message) => crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, message);

// tick has the code of this half minute on the screen, and says how long it is there.
async function tick() {
  const slip = shown, at = now();
  if (!slip) return;
  if (at >= slip.since + LASTS || at >= slip.until) return putAway("away");
  const step = stepOf(at);
  rests(code, HALF_MINUTE - Math.floor(at % HALF_MINUTE));
  if (slip.step === step) return;
  slip.step = step;
  const text = await codeOf(slip.slip, step, "", (message) => sign(slip, message));
  if (shown === slip && slip.step === step) draw(square, text);
}

async function count() {
  main.querySelector("[data-left]").textContent = await left();
}

// whyNot is the page's sentence for what hindered a refill.
function whyNot(e) {
  if (e instanceof TypeError) return "offline"; // what fetch throws
  const words = { session_over: "signin", invalid_dpop_proof: "clock", certificate_frozen: "frozen" };
  return words[e.message] ?? (e.status < 500 ? "denied" : "unable");
}

// take shows the next slip, and leads there whoever pressed for it. Netid is asked for
// more behind a code that is already on the screen, or because there is none.
async function take(pressed) {
  let why = "over";
  let slip = await spend();
  if (!slip) {
    say("fetching");
    await refill().catch((e) => { why = whyNot(e); });
    slip = await spend();
  }
  if (!slip) return putAway(why);
  shown = { ...slip, since: now() };
  for (const p of code.querySelectorAll("[data-says]")) show(p, (p.dataset.says === "over18") === slip.over18);
  await tick();
  if (!shown) return;
  say("code");
  if (pressed) code.querySelector("h2").focus();
  await count();
  await Promise.all([lit(true), refill().catch(() => {})]);
}

for (const button of [document.getElementById("next"), document.getElementById("again")]) {
  button.addEventListener("click", () => {
    putAway("fetching");
    return take(true);
  });
}
document.addEventListener("visibilitychange", tick);
addEventListener("pagehide", () => putAway("away"));
setInterval(tick, 1000);
await take();
