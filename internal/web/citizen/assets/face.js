// The face step: reads the document's photo through netid reader, compares it with
// who sits before the camera, and lets the device sign the answer. The photo and
// what the camera sees stay in this page.
import { ask, askProgram, say } from "./bridge.js";
import { models, portrait, watched } from "./compare.js";
import { busy, keep, makeKey, show, sign } from "./device.js";

const form = document.getElementById("choice");
const button = form.querySelector("button");
const video = form.querySelector("video");
const ready = form.querySelector("[data-ready]"), looking = form.querySelector("[data-looking]");

function tell(prompt) {
  for (const p of form.querySelectorAll("[data-prompt]")) show(p, p.dataset.prompt === prompt);
}

function look(yes) {
  show(ready, !yes);
  show(looking, yes);
}

// photo is the file as the document's maker signed it, or a refusal.
async function photo() {
  const { dg2 } = await askProgram(form, "/photo", {});
  const file = Uint8Array.from(atob(dg2), (c) => c.charCodeAt(0));
  const [name, digest] = form.dataset.photo.split(" ");
  const got = new Uint8Array(await crypto.subtle.digest(name.toUpperCase(), file));
  if ([...got].map((b) => b.toString(16).padStart(2, "0")).join("") !== digest) throw new Error("face_photo_other");
  return file;
}

async function camera() {
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: 640, height: 480 }, audio: false });
  } catch {
    throw new Error("face_camera_missing");
  }
}

async function compare() {
  const file = await photo();
  const stream = await camera();
  try {
    look(true);
    tell("load");
    video.srcObject = stream;
    await video.play();
    const api = await models();
    const descriptor = await portrait(api, file);
    const { text } = await ask("/enrol/face/terms", "");
    const turn = /^turn (left|right)$/m.exec(text)[1];
    const said = await watched(api, video, descriptor, turn, tell);
    tell("done");
    return { text, said };
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  say(form);
  busy(button, true);
  try {
    const { text, said } = await compare();
    const fresh = await makeKey();
    await keep("fresh", fresh);
    form.elements.assertion.value = said;
    form.elements.device.value = JSON.stringify(fresh.jwk);
    form.elements.signature.value = await sign(fresh.key, text + "\n" + said);
    form.submit();
  } catch (e) {
    look(false);
    say(form, e.message);
    busy(button, false);
  }
});
