// Signs in with the new key once the old device said yes. Only then does it
// take the place of a key that this browser had before.
import { drop, keep, read, show, sign } from "./device.js";

const page = document.querySelector("main").dataset;
const form = document.getElementById("enter");
const button = form.querySelector("button");
const lost = document.querySelector("[data-lost]");

try {
  const fresh = await read("fresh") ?? await read("device");
  if (!fresh?.key) throw new Error("no key");
  button.disabled = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await keep("device", { key: fresh.key, jwk: fresh.jwk, certificate: page.certificate });
      await drop("fresh");
      form.elements.certificate.value = page.certificate;
      form.elements.signature.value = await sign(fresh.key, form.dataset.signinText);
      form.submit();
    } catch {
      show(lost);
    }
  });
} catch {
  show(lost);
}
