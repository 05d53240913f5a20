// Reads the chip of a document that lies on this computer's card reader: asks
// the service for a challenge, hands it with the printed data to netid reader
// beside the browser, and submits what the chip said. A chip that has no
// signature to give is asked a second time, with what the service makes of its
// files.
import { ask, askProgram, say } from "./bridge.js";
import { busy } from "./device.js";

const form = document.getElementById("bridge");
const button = form.querySelector("button");

async function read() {
  const at = form.dataset.at ?? "/enrol", slip = form.dataset.slip ?? ""; // a clerk reads for somebody else
  const { challenge } = await ask(at + "/challenge", slip ? JSON.stringify({ slip }) : "");
  const evidence = await askProgram(form, "/read", { challenge });
  if (!evidence.dg14 || evidence.signature) return evidence;
  let exchange;
  try {
    exchange = await ask(at + "/exchange", new URLSearchParams({ slip, evidence: JSON.stringify(evidence) }), "application/x-www-form-urlencoded");
  } catch {
    return evidence; // the service says why, on the page that takes them
  }
  return { ...evidence, ...(await askProgram(form, "/read", { exchange })) };
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  say(form);
  busy(button, true);
  try {
    form.elements.evidence.value = JSON.stringify(await read());
    form.submit();
  } catch (e) {
    say(form, e.message);
    busy(button, false);
  }
});
