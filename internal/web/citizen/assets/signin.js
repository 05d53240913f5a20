// Offers to sign in with this device's key, where there is one, and with a passkey.
import { read, show, sign } from "./device.js";
import { able, ask } from "./passkey.js";

const gate = document.querySelector("[data-challenge]");
const form = gate.querySelector("form");
const other = gate.querySelector("form[data-passkey]");

show(other, able());
other.addEventListener("submit", async (event) => {
  event.preventDefault();
  const failed = other.querySelector("[data-failed]");
  show(failed, false);
  try {
    const { certificate, signature } = await ask(gate.dataset.signinText);
    other.elements.certificate.value = certificate;
    other.elements.signature.value = signature;
    other.submit();
  } catch {
    show(failed);
  }
});

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
