// A browser may keep a page as it was left and show it again on Back: then no
// passcode stands in it for whoever comes next, and no page goes on saying
// what has ceased to be so.
const standing = ["home", "platforms", "platform", "requests", "request", "devices", "children"];

addEventListener("pagehide", () => {
  for (const field of document.querySelectorAll("[name=passcode], [name=again]")) field.value = "";
});

addEventListener("pageshow", (event) => {
  if (event.persisted && standing.includes(document.getElementById("main")?.dataset.page) && !document.getElementById("problem")) location.reload();
});
