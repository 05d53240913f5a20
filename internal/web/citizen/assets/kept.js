// Takes the successor of this device's certificate into its keep. The key stays.
import { keep, read, show } from "./device.js";

const page = document.querySelector("main").dataset;

try {
  const device = await read("device");
  if (!device?.key) throw new Error("another device");
  await keep("device", { ...device, certificate: page.certificate, token: page.token, expires: page.expires });
} catch {
  show(document.querySelector("[data-lost]"));
}
