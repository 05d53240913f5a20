// Asks every two seconds how far the other device is, and shows the code that is
// good now. Without it the page's own link does the same.
const here = document.querySelector("main").dataset.state;
const square = document.querySelector("[data-square]");

async function look() {
  if (document.hidden) return;
  const r = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "manual" });
  const page = r.ok ? await r.text() : "";
  const at = (pattern) => pattern.exec(page)?.[1];
  if (at(/data-state="([a-z-]+)"/) !== here) return location.reload();
  const drawn = at(/<path data-code d="([^"]+)"/);
  if (!square || !drawn) return;
  square.dataset.link = at(/data-link="([^"]+)"/);
  square.querySelector("path").setAttribute("d", drawn);
}

const watch = () => setTimeout(() => look().catch(() => {}).then(watch), 2000); // the network was away: again
watch();
