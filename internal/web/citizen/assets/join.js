// Makes a key on a new device and offers it to the old one. What the old one
// showed stands behind the # of the address and is sent by this form alone.
import { busy, keep, makeKey, read, show, sign } from "./device.js";

const form = document.getElementById("join");
const button = form.querySelector("button");
const failed = form.querySelector("[data-failed]");
const invitation = form.elements.invitation;

if (location.hash.length > 1) {
  invitation.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname); // it stays in no history
}
show(document.querySelector("[data-known]"), Boolean((await read("device").catch(() => null))?.certificate));
button.disabled = false;
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  show(failed, false);
  busy(button, true);
  try {
    invitation.value = invitation.value.trim().split("#").pop(); // the whole address is taken too
    const fresh = await makeKey();
    await keep("fresh", fresh);
    form.elements.device.value = JSON.stringify(fresh.jwk);
    form.elements.signature.value = await sign(fresh.key, document.querySelector("main").dataset.proof + invitation.value);
    form.submit();
  } catch {
    show(failed);
    busy(button, false);
  }
});
