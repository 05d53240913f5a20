// Checks every record that the page shows, in this browser: each stands in the
// ledger under one signed head, and each says which was the one before it, so that
// none was taken out between.
import { show, unbase64 } from "./device.js";
import { checkHead, leafOf, readHead, rootFrom, same } from "./proof.js";

const box = document.getElementById("check");
const button = box?.querySelector("button");

// plain64 reads base64 as JSON has it.
const plain64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const bytes = (text) => new TextEncoder().encode(text);

// holds gives the ids of the records that hold, or fails.
async function holds(proofs, head) {
  const good = new Set();
  let before = null;
  for (const one of proofs.events) {
    const canonical = bytes(one.event);
    const event = JSON.parse(one.event);
    const leaf = await leafOf(unbase64(one.salt), canonical);
    const root = await rootFrom(leaf, String(one.index), head.size, one.proof.map(unbase64));
    if (root === null || !same(root, head.root)) throw new Error("place");
    if (before && (event.seq !== before.seq + 1 || !event.prev || !same(plain64(event.prev), before.leaf))) throw new Error("chain");
    before = { seq: event.seq, leaf };
    good.add(event.id);
  }
  return good;
}

async function check() {
  const answer = await fetch(box.dataset.proofs, { headers: { Accept: "application/json" }, cache: "no-store" });
  if (!answer.ok) throw new Error("answer");
  const proofs = await answer.json();
  const head = readHead(proofs.head);
  const signed = await checkHead(head, proofs.verifier_key);
  if (signed === false) throw new Error("head");
  const good = await holds(proofs, head);
  const shown = [...document.querySelectorAll("[data-record]")];
  const missing = shown.filter((line) => !good.has(line.dataset.record));
  if (missing.length > 0) throw new Error("missing");
  return { outcome: signed === null ? "skip" : "ok", count: shown.length };
}

function say(outcome, count) {
  for (const name of ["wait", "ok", "skip", "bad"]) show(box.querySelector(`[data-${name}]`), name === outcome);
  const number = box.querySelector(`[data-${outcome}] [data-count]`);
  if (number) number.textContent = count;
  box.dataset.outcome = outcome;
}

if (button) {
  show(button);
  button.addEventListener("click", async () => {
    say("wait", "");
    try {
      const { outcome, count } = await check();
      say(outcome, count);
    } catch {
      say("bad", "");
    }
  });
}
