// Makes this device's key and signs the enrolment with it. The old key, if
// there is one, stays until the new certificate is here.
import { busy, keep, makeKey, read, show, sign } from "./device.js";

const form = document.getElementById("bind");
const button = form.querySelector("button");
const failed = form.querySelector("[data-failed]");

button.disabled = false;
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  show(failed, false);
  busy(button, true);
  try {
    const main = document.querySelector("main");
    const fresh = "bound" in main.dataset ? await read("fresh") : await makeKey(); // bound: it has spoken of the face
    await keep("fresh", fresh);
    form.elements.device.value = JSON.stringify(fresh.jwk);
    form.elements.signature.value = await sign(fresh.key, main.dataset.proof);
    form.submit();
  } catch {
    show(failed);
    busy(button, false);
  }
});

try {
  if ((await read("device"))?.certificate) show(form.querySelector("[data-there]")); // a parent's, most likely, who applies for a child
} catch {
  // without a store there is nothing to replace; binding says what is wrong
}
