// Offers to sign in with this device's key, where there is one.
import { read, show, sign } from "./device.js";

const gate = document.querySelector("[data-challenge]");
const form = gate.querySelector("form");

try {
  const device = await read("device");
  show(gate.querySelector("[data-wait]"), false);
  if (device?.certificate) {
    show(form);
  } else {
    show(gate.querySelector("[data-stranger]"));
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      form.elements.certificate.value = device.certificate;
      form.elements.signature.value = await sign(device.key, gate.dataset.signinText);
      form.submit();
    } catch {
      show(gate.querySelector("[data-broken]"));
    }
  });
} catch {
  show(gate.querySelector("[data-wait]"), false);
  show(gate.querySelector("[data-broken]"));
}
