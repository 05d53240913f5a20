// A guardian's device signs what is on the page, where the answer is yes.
import { busy, read, show, sign } from "./device.js";

const form = document.getElementById("answer");
const button = form.querySelector("button");
const failed = form.querySelector("[data-failed]");

button.disabled = false;
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  show(failed, false);
  busy(button, true);
  try {
    if (new FormData(form).get("answer") !== "no") {
      const device = await read("device");
      const lines = [...document.querySelectorAll("[data-line]")].map((line) => line.textContent);
      form.elements.certificate.value = device.certificate;
      form.elements.signature.value = await sign(device.key, form.dataset.text || lines.join("\n"));
    }
    form.submit();
  } catch {
    show(failed);
    busy(button, false);
  }
});
