// Reads the page aloud, with a voice of the device itself. A voice that
// computes elsewhere would send what stands on the page there, so it is none.

const button = document.getElementById("aloud");
const speech = window.speechSynthesis;
const here = document.documentElement.lang.slice(0, 2).toLowerCase();

function voice() {
  return speech.getVoices().find((v) => v.localService && v.lang.slice(0, 2).toLowerCase() === here);
}

// lines are what a reader sees, heading by heading and sentence by sentence;
// what is typed into fields is not among them.
function lines() {
  const parts = document.querySelectorAll("main :is(h1, h2, h3, p, li, dt, dd, legend, label, summary, button, .button)");
  return [...parts].filter((e) => e.checkVisibility() && ![...parts].some((p) => p !== e && p.contains(e) && !["LI", "DD"].includes(p.tagName)) && !e.querySelector("p, h2, h3, ul, form, fieldset"))
    .map((e) => e.innerText.trim()).filter(Boolean);
}

function still() {
  speech.cancel();
  button.setAttribute("aria-pressed", "false");
  button.textContent = button.dataset.read;
}

function read() {
  const all = lines();
  button.setAttribute("aria-pressed", "true");
  button.textContent = button.dataset.stop;
  all.forEach((text, i) => {
    const said = new SpeechSynthesisUtterance(text);
    said.voice = voice();
    said.lang = said.voice.lang;
    said.rate = .9;
    if (i === all.length - 1) said.onend = still;
    speech.speak(said);
  });
}

if (speech) {
  const offer = () => { button.hidden = !voice(); };
  offer();
  speech.addEventListener?.("voiceschanged", offer);
  addEventListener("pagehide", () => speech.cancel());
  button.addEventListener("click", () => button.getAttribute("aria-pressed") === "true" ? still() : read());
}
