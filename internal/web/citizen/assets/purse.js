// What this device keeps to show once: each with an end, and of the certificate with
// which it came. Of another one, or past its end, it is not shown any more and goes.
import { keep, names, read, take } from "./device.js";

// mine is the certificate that this device has now; without one, its passkey's are of no other.
export const mine = async () => (await read("device"))?.certificate ?? "";

export function purse(prefix) {
  const put = async (thing) => keep(prefix + crypto.randomUUID(), { ...thing, device: await mine() });

  // held are those that are still good.
  const held = async (now = Date.now() / 1000) => {
    const device = await mine(), good = [];
    for (const name of await names(prefix)) {
      const thing = await read(name);
      if (!thing || now >= thing.until || thing.device !== device) await take(name);
      else good.push({ name, ...thing });
    }
    return good;
  };

  // spend takes one for good: two pages cannot show the same.
  const spend = async (fits = () => true) => {
    for (const thing of await held()) {
      const taken = fits(thing) && await take(thing.name);
      if (taken) return taken;
    }
    return null;
  };

  const empty = async () => { for (const name of await names(prefix)) await take(name); };
  return { put, held, spend, empty };
}
