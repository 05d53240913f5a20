// Shows a code about which a venue asks netid, once and within a minute (ADR 0053). The
// device signs the lines on the page; the code then comes from netid, and is drawn here.
import { busy, show } from "./device.js";
import { json } from "./fill.js";
import { signs } from "./passkey.js";
import { lit, rests } from "./screen.js";
import { draw } from "./square.js";

const LASTS = 60, ASKS = 2; // seconds that a code is good, and between two looks whether it was used

const main = document.querySelector("main");
const form = document.getElementById("draw"), lines = form.querySelector("[data-lines]"), button = form.querySelector("button");
const code = document.getElementById("code");
const now = () => Date.now() / 1000;
let request = null, shown = null;

const post = async (path, fields) => json(await fetch(path, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(fields) }));

function say(what, text) {
  show(code, what === "code");
  show(form, what !== "code");
  for (const p of main.querySelectorAll("[data-said]")) show(p, p.dataset.said === what);
  if (text) main.querySelector("[data-said=told]").textContent = text;
}

function failed(e) {
  if (e instanceof TypeError) return say("offline");
  return e.text ? say("told", e.text) : say("unable");
}

// ask has netid compose what the device would sign, and puts it on the page.
async function ask() {
  request = null;
  button.disabled = true;
  const told = await post("/qr/online/ask", form.elements.marks.checked ? { marks: "18" } : {});
  lines.replaceChildren(...told.statement.map((line) => Object.assign(document.createElement("p"), { textContent: line })));
  form.dataset.passkey = told.passkey ? told.certificate : "";
  request = told;
  button.disabled = false;
}

// over takes the code off the screen and says what became of it.
async function over(what) {
  shown = null;
  lit(false);
  code.querySelector("path").removeAttribute("d");
  say(what);
  await ask().catch(failed);
}

async function watch() {
  const one = shown;
  const state = await post("/qr/online/state", { receipt: one.receipt }).catch(() => ({ used: false })); // asked again soon
  if (shown !== one || !state.used) return;
  main.querySelector("[data-venue]").textContent = state.venue;
  main.querySelector("[data-record]").href = state.record;
  await over("used");
}

async function tick() {
  if (!shown) return;
  const rest = Math.ceil(shown.ends - now());
  if (rest <= 0) return over("late");
  rests(code, rest);
  if (now() < shown.asked + ASKS) return;
  shown.asked = now();
  await watch();
}

form.elements.marks.addEventListener("change", () => ask().catch(failed));
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  busy(button, true);
  try {
    if (!await signs(form, request.statement.join("\n"))) return say("nokey");
    const { certificate, signature } = form.elements, sent = now(); // the device's clock alone: it may differ from netid's
    const drawn = await post("/qr/online", { request: request.request, locale: request.locale, certificate: certificate.value, signature: signature.value });
    draw(code.querySelector("svg"), drawn.text);
    shown = { receipt: drawn.receipt, ends: sent + LASTS, asked: sent };
    await tick();
    say("code");
    code.querySelector("h2").focus();
    await lit(true);
  } catch (e) {
    failed(e);
    await ask().catch(failed);
  } finally {
    busy(button, false);
    button.disabled = !request;
  }
});
document.getElementById("new").addEventListener("click", () => over("none"));
setInterval(tick, 1000);
await ask().catch(failed);
