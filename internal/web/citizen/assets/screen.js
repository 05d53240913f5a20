// What a screen does while a code is on it for somebody else's camera.

// lit keeps it awake, where the browser can.
let wanted = false, lock = null;

export async function lit(yes) {
  wanted = yes;
  if (yes && document.visibilityState === "visible") lock = await navigator.wakeLock?.request("screen").catch(() => null);
  if (!wanted) await lock?.release();
}
document.addEventListener("visibilitychange", () => { if (wanted) lit(true); }); // a browser lets go of what is hidden

// rests says within an element how many seconds are left; with reduced motion in steps of ten, and nothing shrinks.
const still = matchMedia("(prefers-reduced-motion: reduce)");

export function rests(element, seconds) {
  for (const e of element.querySelectorAll("[data-rest]")) e[e.tagName === "PROGRESS" ? "value" : "textContent"] = still.matches ? Math.ceil(seconds / 10) * 10 : seconds;
}
