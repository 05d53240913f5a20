// After an erasure the device lets go of its key too.
import { forget, show } from "./device.js";

try {
  await forget();
  show(document.querySelector("[data-key-gone]"));
} catch {
  // the key opens nothing any more; the browser drops it with the site's data
}
