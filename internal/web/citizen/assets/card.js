// Stands in for a card reader: takes a card from the sandbox's drawer, lets it
// answer the service's challenge and submits what it said.
import { busy, show } from "./device.js";

const form = document.getElementById("reader");
const cards = document.getElementById("cards");
const button = form.querySelector("button");
const failed = form.querySelector("[data-failed]");

if (form.dataset.drawer) {
  try {
    await lay();
  } catch {
    show(failed);
  }
  show(form.querySelector("[data-wait]"), false);
}

async function json(path, body) {
  const r = await fetch(path, {
    method: body === undefined ? "GET" : "POST",
    headers: { Accept: "application/json", ...(body ? { "Content-Type": "application/json" } : {}) },
    body: body || undefined,
  });
  const answer = await r.json();
  if (!r.ok) throw new Error(answer.text ?? answer.error);
  return answer;
}

// inWords is a text in the page's language.
function inWords(text) {
  return document.documentElement.lang === "en" ? text?.en : text?.zh;
}

// lay puts the cards of the chosen kind on the page.
async function lay() {
  const drawer = await json(form.dataset.drawer);
  const names = new Map(drawer.personas.map((p) => [p.id, p]));
  const mine = drawer.cards.filter((c) => c.kind === form.dataset.kind);
  show(form.querySelector("[data-empty]"), mine.length === 0);
  button.disabled = mine.length === 0;
  for (const card of mine) {
    const label = document.createElement("label");
    label.className = "option";
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: "card", value: card.id, required: true });
    const words = document.createElement("span");
    const who = names.get(card.persona);
    words.textContent = inWords(card.label) || who?.name || card.id;
    for (const line of [[card.number, card.phone || who?.phone].filter(Boolean).join(" · "), inWords(card.note)]) {
      const more = document.createElement("small");
      more.textContent = line ?? "";
      words.append(more);
    }
    label.append(radio, " ", words);
    cards.append(label);
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  show(failed, false);
  busy(button, true);
  try {
    const card = new FormData(form).get("card");
    const { challenge } = await json((form.dataset.at ?? "/enrol") + "/challenge", form.dataset.slip ? JSON.stringify({ slip: form.dataset.slip }) : "");
    const evidence = await json(form.dataset.drawer + "/" + encodeURIComponent(card), JSON.stringify({ challenge }));
    form.elements.evidence.value = JSON.stringify(evidence);
    form.submit();
  } catch (e) {
    if (e.message) failed.textContent = e.message;
    show(failed);
    busy(button, false);
  }
});
