// Takes the certificate into the device's keep, beside the key it is bound to.
import { drop, keep, read, show, sign } from "./device.js";

const page = document.querySelector("main").dataset;
const form = document.getElementById("enter");
const button = form.querySelector("button");
const lost = document.querySelector("[data-lost]");

try {
  const fresh = await read("fresh");
  if (fresh) {
    await keep("device", { ...fresh, certificate: page.certificate, token: page.token, expires: page.expires });
    await drop("fresh");
  }
  const device = await read("device");
  if (device?.certificate !== page.certificate) throw new Error("another device");
  button.disabled = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      form.elements.certificate.value = device.certificate;
      form.elements.signature.value = await sign(device.key, form.dataset.signinText);
      form.submit();
    } catch {
      show(lost);
    }
  });
} catch {
  show(lost);
}
