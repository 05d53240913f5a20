// Reads the chip of a document that lies on this computer's card reader: asks
// the service for a challenge, hands it with the printed data to netid reader
// beside the browser, and submits what the chip said. A chip that has no
// signature to give is asked a second time, with what the service makes of its
// files. The printed data go to that program alone: their fields have no names,
// so no form sends them.
import { busy, show } from "./device.js";

const form = document.getElementById("bridge");
const button = form.querySelector("button");
const said = [...form.querySelectorAll("[data-said]")];

// day is a date as it was typed, in one form: 1990-05-17.
function day(text) {
  const digits = text.replace(/[^0-9]/g, "");
  return digits.length === 8 ? `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}` : text;
}

// say shows one of the page's sentences, or the general one.
function say(reason) {
  const one = said.find((p) => p.dataset.said === reason) ?? said.find((p) => p.dataset.said === "");
  for (const p of said) show(p, p === one);
}

async function ask(url, body, type = "application/json") {
  const r = await fetch(url, { method: "POST", headers: { Accept: "application/json", "Content-Type": type }, body });
  const answer = await r.json();
  if (!r.ok) throw new Error(answer.error);
  return answer;
}

// program asks netid reader: the printed data open the chip each time.
async function program(what) {
  const value = (id) => document.getElementById(id).value.trim();
  const question = { code: value("pair"), number: value("number"), birth: day(value("birth")), expires: day(value("expires")), ...what };
  try {
    return await ask(form.dataset.program + "/read", JSON.stringify(question));
  } catch (e) {
    throw e instanceof TypeError ? new Error("program_missing") : e;
  }
}

async function read() {
  const at = form.dataset.at ?? "/enrol", slip = form.dataset.slip ?? ""; // a clerk reads for somebody else
  const { challenge } = await ask(at + "/challenge", slip ? JSON.stringify({ slip }) : "");
  const evidence = await program({ challenge });
  if (!evidence.dg14 || evidence.signature) return evidence;
  let exchange;
  try {
    exchange = await ask(at + "/exchange", new URLSearchParams({ slip, evidence: JSON.stringify(evidence) }), "application/x-www-form-urlencoded");
  } catch {
    return evidence; // the service says why, on the page that takes them
  }
  return { ...evidence, ...(await program({ exchange })) };
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  for (const p of said) show(p, false);
  busy(button, true);
  try {
    form.elements.evidence.value = JSON.stringify(await read());
    form.submit();
  } catch (e) {
    say(e.message);
    busy(button, false);
  }
});
