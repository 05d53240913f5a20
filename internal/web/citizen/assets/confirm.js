// Makes this device's key and signs the enrolment with it. The old key, if
// there is one, stays until the new certificate is here.
import { busy, keep, makeKey, show, sign } from "./device.js";

const form = document.getElementById("bind");
const button = form.querySelector("button");
const failed = form.querySelector("[data-failed]");

button.disabled = false;
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  show(failed, false);
  busy(button, true);
  try {
    const fresh = await makeKey();
    await keep("fresh", fresh);
    form.elements.device.value = JSON.stringify(fresh.jwk);
    form.elements.signature.value = await sign(fresh.key, document.querySelector("main").dataset.proof);
    form.submit();
  } catch {
    show(failed);
    busy(button, false);
  }
});
