// A party asks to be shown something; the citizen reads who, what and why, and
// answers. netid's server takes no part in it: the request stands behind the
// '#' of this page's address, and goes from here to the party and back.
import { busy, show, worded } from "./device.js";
import { hashes, receive, Refusal } from "./ask.js";
import { held, remember, show as present, spend } from "./attestation.js";
import { answer, refuse } from "./reply.js";

const byId = (id) => document.getElementById(id);
const form = byId("decision");

function trouble(why) {
  show(byId("reading"), false);
  show(form, false);
  show(byId("trouble"));
  const known = byId("trouble").querySelector(`[data-why="${CSS.escape(why)}"]`) ?? byId("trouble").querySelector('[data-why="query"]');
  show(known);
}

function done(said, onward) {
  show(form, false);
  show(byId("done"));
  show(byId("done").querySelector(`[data-answer="${said}"]`));
  byId("main").focus();
  if (onward) location.assign(onward);
}

// leads is where the browser may go on: to the party, or back to netid.
function leads(address, party) {
  if (typeof address !== "string") return null;
  const u = new URL(address);
  return (u.protocol === "https:" || location.protocol === "http:" && u.protocol === "http:") && (u.host === party.domain || u.host === location.host) ? u.href : null;
}

// lines are what is given, as the page has words for it.
const lines = (wanted) => [...new Set(wanted.flatMap((w) => ["real_person", ...w.claims]))];

function ask({ request, party, wanted, bindings }) {
  show(byId("reading"), false);
  byId("who").textContent = worded(party.name);
  document.title = worded(party.name);
  byId("domain").textContent = party.domain;
  show(byId("domain").parentElement);
  byId("purpose").textContent = worded(party.purpose);
  for (const name of lines(wanted)) show(byId("what").querySelector(`[data-says="${CSS.escape(name)}"]`));
  for (const { text } of bindings) {
    const li = document.createElement("li");
    li.textContent = text;
    byId("also").querySelector("ul").append(li);
    show(byId("also"));
  }
  show(form);
  byId("main").focus();

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const none = form.querySelector("[data-none]"), failed = form.querySelector("[data-failed]");
    show(none, false);
    show(failed, false);
    busy(byId("yes"), true);
    try {
      const have = await held();
      if (!wanted.every((w, i) => have.filter((a) => a.kind === w.vct).length > wanted.slice(0, i).filter((o) => o.vct === w.vct).length)) {
        show(none);
        return busy(byId("yes"), false);
      }
      const more = bindings.length ? { transaction_data_hashes: await hashes(bindings), transaction_data_hashes_alg: "sha-256" } : {};
      const given = {};
      for (const w of wanted) {
        const one = await spend(w.vct);
        given[w.id] = [await present(one, w.claims, request.client_id, request.nonce, more)];
      }
      await remember({ at: Date.now(), name: party.name, domain: party.domain, what: lines(wanted) });
      const onward = await answer(request, given);
      done("yes", leads(onward, party));
    } catch {
      show(failed);
      busy(byId("yes"), false);
    }
  });
  byId("no").addEventListener("click", async () => {
    const onward = await refuse(request, "access_denied").catch(() => null);
    done("no", leads(onward, party));
  });
}

const text = location.hash.length > 1 ? location.hash.slice(1) : location.search.slice(1);
history.replaceState(null, "", location.pathname); // nobody shares or reloads it by chance
addEventListener("hashchange", () => location.reload()); // another request, in the same tab
try {
  ask(await receive(new URLSearchParams(text)));
} catch (e) {
  trouble(e instanceof Refusal ? e.why : "unreachable");
  if (e instanceof Refusal && e.request) await refuse(e.request, e.word).catch(() => {});
}
