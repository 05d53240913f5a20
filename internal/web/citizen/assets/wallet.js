// What this device holds to show to parties: how much is left, more of it, none
// of it, and what was shown to whom, which nobody else knows.
import { busy, show, worded } from "./device.js";
import * as attestations from "./attestation.js";
import { fill, Refused } from "./fill.js";

const main = document.querySelector("main");
const more = document.getElementById("fill"), none = document.getElementById("empty");
const words = (name) => main.querySelector(`[data-says="${CSS.escape(name)}"]`)?.textContent ?? name;

function say(what) {
  for (const p of main.querySelectorAll("[data-said]")) show(p, p.dataset.said === what);
}

async function count() {
  const all = await attestations.held();
  for (const kind of ["person", "age"]) main.querySelector(`[data-left="${kind}"]`).textContent = all.filter((a) => a.kind === main.dataset[kind]).length;
  more.disabled = false;
  show(none, all.length > 0);
}

// when is an instant as every page writes it: Beijing time, to the minute.
function when(at, lang) {
  const zone = { timeZone: "Asia/Shanghai" }, style = lang.startsWith("zh") ? "zh-CN" : "en-GB";
  const day = at.toLocaleDateString(style, { ...zone, dateStyle: "long" });
  return day + (lang.startsWith("zh") ? " " : ", ") + at.toLocaleTimeString("en-GB", { ...zone, timeStyle: "short" });
}

async function history() {
  const list = main.querySelector("#shown ul"), one = main.querySelector("#shown template");
  const lang = document.documentElement.lang;
  for (const entry of await attestations.shown()) {
    const li = one.content.cloneNode(true);
    li.querySelector("[data-name]").textContent = worded(entry.name);
    li.querySelector("[data-domain]").textContent = entry.domain;
    li.querySelector("[data-what]").textContent = entry.what.map(words).join(lang.startsWith("zh") ? "；" : "; ");
    const time = li.querySelector("time");
    time.dateTime = new Date(entry.at).toISOString();
    time.textContent = when(new Date(entry.at), lang);
    list.append(li);
    show(main.querySelector("#shown [data-none]"), false);
  }
}

more.addEventListener("click", async () => {
  say("");
  busy(more, true);
  try {
    await fill(["age", "person"], 10, attestations);
  } catch (e) {
    say(e instanceof Refused && main.querySelector(`[data-said="${CSS.escape(e.message)}"]`) ? e.message : "unable");
  }
  busy(more, false);
  await count();
});

none.addEventListener("click", async () => {
  await attestations.empty();
  await count();
});

await count();
await history();
