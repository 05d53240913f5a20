// Looks every few seconds whether a clerk has done their part, and goes on when
// they have. Without it the page's own link does the same.
const here = document.querySelector("main").dataset.next;

async function look() {
  const r = await fetch("/enrol/" + here, { headers: { Accept: "text/html" } });
  const page = await r.text();
  const next = /data-next="([a-z-]+)"/.exec(page)?.[1];
  if (!r.ok || !next) return location.reload();
  if (next !== here) return location.assign("/enrol/" + next);
  if (here !== "card" && !page.includes("data-asked")) return location.reload();
  setTimeout(watch, 3000);
}

function watch() {
  look().catch(() => setTimeout(watch, 3000)); // the network was away: again
}

setTimeout(watch, 3000);
