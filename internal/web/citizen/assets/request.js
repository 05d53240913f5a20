// Lets the visible words follow the citizen's choices and has the device sign
// exactly what is on the page.
import { busy, show } from "./device.js";
import { signs } from "./passkey.js";
import { met, warn } from "./unusual.js";

const form = document.getElementById("decision");
const approve = document.getElementById("approve");
const passcode = document.getElementById("passcode");
const twin = document.querySelector("[data-twin]");

// A choice may be older than this script (a slow line, a reloaded page).
function words() {
  for (const item of form.querySelectorAll("[data-item]:has(:checked)")) {
    const line = item.querySelector("[data-line]");
    line.textContent = item.querySelector(":checked").value === "give" ? line.dataset.give : line.dataset.withhold;
  }
  for (const line of form.querySelectorAll("[data-if-checked]")) { // a line of the statement once it is ticked
    line.toggleAttribute("data-line", line.closest("label").querySelector("input").checked);
  }
}
words();
form.addEventListener("change", words);
approve.disabled = false;
warn(form).catch(() => {}); // what this device remembers is no condition of anything

// The passcode stands in for the face where the citizen prefers it.
function ways() {
  const instead = new FormData(form).get("face") === "twin";
  show(twin, instead);
  passcode.required = instead;
}
if (twin) {
  ways();
  form.addEventListener("change", ways);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const failed = form.querySelector("[data-failed]"), nokey = form.querySelector("[data-nokey]");
  show(failed, false);
  show(nokey, false);
  busy(approve, true);
  try {
    words();
    const lines = [...form.querySelectorAll("[data-line]")].map((line) => line.textContent);
    if (await signs(form, lines.join("\n"))) {
      await met(form).catch(() => {});
      form.submit();
      return;
    }
    show(nokey);
    busy(approve, false);
  } catch {
    show(failed);
    busy(approve, false);
  }
});
