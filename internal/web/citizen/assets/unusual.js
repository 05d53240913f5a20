// What is unusual about a request, judged by this device from what it approved
// before. None of it leaves the device, and nothing is refused for it.
import { keep, read, show } from "./device.js";

const KEPT = "approved"; // {parties: {id: {plain}}, hours: [how many approvals in each hour of the day]}
const ENOUGH = 5, NEAR = 3;

const kept = async () => await read(KEPT) ?? { parties: {}, hours: Array(24).fill(0) };

// odd: there were enough approvals to know the usual hours, and none was near this one.
export function odd(hours, now) {
  const near = hours.filter((_, h) => Math.min(Math.abs(h - now), 24 - Math.abs(h - now)) <= NEAR);
  return hours.reduce((a, b) => a + b) >= ENOUGH && near.every((n) => n === 0);
}

export async function warn(form) {
  const { parties, hours } = await kept();
  const before = Object.hasOwn(parties, form.dataset.party) ? parties[form.dataset.party] : undefined;
  const say = (word, yes) => show(document.querySelector(`[data-warn=${word}]`), yes);
  say("new", !before);
  say("plain", "plain" in form.dataset && !before?.plain);
  say("hour", odd(hours, new Date().getHours()));
}

export async function met(form) {
  const memory = await kept(), party = form.dataset.party;
  const plain = "plain" in form.dataset || Object.hasOwn(memory.parties, party) && memory.parties[party].plain;
  memory.parties = { ...memory.parties, [party]: { plain } };
  memory.hours[new Date().getHours()]++;
  await keep(KEPT, memory);
}
