// Asks netid reader, beside the browser, with the data that are printed on a
// document. They go to that program alone: their fields have no names, so no form
// sends them.
import { show } from "./device.js";

// day is a date as it was typed, in one form: 1990-05-17.
function day(text) {
  const digits = text.replace(/[^0-9]/g, "");
  return digits.length === 8 ? `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}` : text;
}

// ask posts, and gives the answer or throws the reason.
export async function ask(url, body, type = "application/json") {
  const r = await fetch(url, { method: "POST", headers: { Accept: "application/json", "Content-Type": type }, body });
  const answer = await r.json();
  if (!r.ok) throw new Error(answer.error);
  return answer;
}

// askProgram asks it for what is at a path, with what was typed and more.
export async function askProgram(form, path, more) {
  const value = (id) => document.getElementById(id).value.trim();
  const question = { code: value("pair"), number: value("number"), birth: day(value("birth")), expires: day(value("expires")), ...more };
  try {
    return await ask(form.dataset.program + path, JSON.stringify(question));
  } catch (e) {
    throw e instanceof TypeError ? new Error("program_missing") : e;
  }
}

// say shows one of a form's sentences, the general one, or none.
export function say(form, reason) {
  const said = [...form.querySelectorAll("[data-said]")];
  const one = said.find((p) => p.dataset.said === reason) ?? said.find((p) => p.dataset.said === "");
  for (const p of said) show(p, reason !== undefined && p === one);
}
