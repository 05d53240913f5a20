// The page of a gate: a code comes from a scanner that types, or from the camera,
// and the program that gave this page says what it proves. Nothing leaves this computer.
const words = await (await fetch("/words")).json()
let language = navigator.language.startsWith("zh") ? "zh-CN" : "en"
const $ = (id) => document.getElementById(id)
const say = (name, ...parts) => (words[language][name] ?? name).replace(/\{(\d)\}/g, (_, i) => parts[i])
let last = null

function draw() {
  document.documentElement.lang = language
  document.title = say("title")
  for (const e of document.querySelectorAll("[data-word]")) e.textContent = say(e.dataset.word)
  const answer = $("answer"), [big, small] = answer.children
  answer.dataset.answer = last === null ? "ready" : last.yes ? "yes" : "no"
  big.textContent = last === null ? "" : say(last.yes ? "yes" : "no")
  small.textContent = last === null ? say("ready") : last.yes ? (last.over18 ? say("over18") : "") : say("no." + last.reason)
}

function age(a) {
  const minutes = Math.floor(a.bundle_age / 60)
  $("age").dataset.stale = a.bundle_stale
  $("age").textContent = say("age", Math.floor(minutes / 60), minutes % 60) + (a.bundle_stale ? " " + say("stale") : "")
}

async function state() {
  const a = await (await fetch("/state")).json()
  if (a.yes) age(a)
  else $("age").textContent = say("no.bundle_invalid")
}

async function check(code) {
  try {
    const r = await fetch("/check", {method: "POST", headers: {"Content-Type": "text/plain"}, body: code})
    last = r.ok ? await r.json() : {yes: false, reason: "internal"}
    if (r.ok && (!last.online || last.bundle_age)) age(last) // online codes need no bundle
  } catch {
    last = {yes: false, reason: "internal"} // the program ended: never leave the yes of the one before standing
  }
  draw()
  clearTimeout(check.over)
  check.over = setTimeout(() => { last = null; draw() }, 8000)
}

$("form").addEventListener("submit", (e) => {
  e.preventDefault()
  const code = $("code").value.trim()
  $("code").value = ""
  $("code").focus()
  if (code !== "") check(code)
})
$("language").addEventListener("click", () => {
  language = language === "en" ? "zh-CN" : "en"
  draw()
  state()
})

const sees = "BarcodeDetector" in window && (await window.BarcodeDetector.getSupportedFormats()).includes("qr_code")
$("camera").hidden = !sees
$("blind").hidden = sees
$("camera").addEventListener("click", async () => {
  const view = $("view"), detector = new BarcodeDetector({formats: ["qr_code"]})
  view.srcObject = await navigator.mediaDevices.getUserMedia({video: {facingMode: "environment"}})
  view.hidden = false
  await view.play()
  let before = ""
  const look = async () => {
    const [found] = await detector.detect(view).catch(() => [])
    if (found && found.rawValue !== before) { // the same code stays before the camera for a while
      before = found.rawValue
      await check(before)
    }
    setTimeout(look, 200)
  }
  look()
})
draw()
await state()
setInterval(state, 60000)
