// Makes a passkey and has it answer once. Where the browser wants a press for
// each of the two, the second press goes on with the passkey that was made.
import { busy, show } from "./device.js";
import { able, ask, make } from "./passkey.js";

const page = document.querySelector("main").dataset;
const form = document.getElementById("put");
const button = form.querySelector("button");
const failed = form.querySelector("[data-failed]");
let made;

button.disabled = !able();
show(form.querySelector("[data-unable]"), !able());
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  show(failed, false);
  busy(button, true);
  try {
    made ??= await make(page.certificate, page.name);
    form.elements.device.value = JSON.stringify(made.jwk);
    form.elements.signature.value = (await ask(page.text, made.id)).signature;
    form.submit();
  } catch {
    show(failed);
    busy(button, false);
  }
});
