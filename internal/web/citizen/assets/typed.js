import "./back.js"; // no passcode stays behind

// Shows what is typed into the fields of a passcode, for whoever asks for it.
const fields = document.querySelectorAll("input[type=password]");
const show = document.querySelector("[data-show]");

show.hidden = false;
show.querySelector("input").addEventListener("change", (e) => {
  for (const f of fields) f.type = e.target.checked ? "text" : "password";
});
// A page that comes back from the browser's memory shows nothing unasked.
addEventListener("pageshow", () => { show.querySelector("input").checked = false; for (const f of fields) f.type = "password"; });
