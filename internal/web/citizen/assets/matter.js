// A guardian's device signs what is on the page, where the answer is yes.
import { busy, show } from "./device.js";
import { signs } from "./passkey.js";

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
      const lines = [...document.querySelectorAll("[data-line]")].map((line) => line.textContent);
      if (!await signs(form, form.dataset.text || lines.join("\n"))) throw new Error("another key");
    }
    form.submit();
  } catch {
    show(failed);
    busy(button, false);
  }
});
