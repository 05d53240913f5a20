// Slips on this device: netid's word about one key for one day, some fetched while
// there is a network and shown later without one, each at one place (ADR 0050).
import { base64url, keep, read, unbase64 } from "./device.js";
import { fill } from "./fill.js";
import { readSlip } from "./gate.js";
import { mine, purse } from "./purse.js";

const all = purse("slip/");
const GIVEN = "slips"; // how many of a day this device was given

export const A_DAY = 16; // netid gives no more
const AT_ONCE = 8, FEW = 4;

export const { held, spend } = all;

const checking = async () => async (text, jwk) => {
  const slip = unbase64(text), { x, y, over18, until } = readSlip(slip);
  if (base64url(x) !== jwk.x || base64url(y) !== jwk.y) throw new Error("slip");
  return { slip, over18, until };
};

async function given() {
  const count = await read(GIVEN);
  return count?.device === await mine() && Date.now() / 1000 < count.until ? count.given : 0;
}

// left is how many more can be shown today.
export const left = async () => (await held()).length + A_DAY - await given();

let filling = null;

// refill fetches more where few are left and netid has any; one at a time, whoever
// asks meanwhile waits for the same. It throws what hindered it.
export function refill() {
  filling ??= more().finally(() => { filling = null; });
  return filling;
}

async function more() {
  let count = await given();
  if ((await held()).length > FEW || count >= A_DAY) return;
  const put = async (slip) => {
    await all.put(slip);
    await keep(GIVEN, { given: ++count, until: slip.until, device: await mine() });
  };
  await fill(["slip"], AT_ONCE, { checking, put });
}
