// After an erasure the device lets go of its key too, and of our workers and what they keep.
import { forget, show } from "./device.js";

try {
  for (const worker of await navigator.serviceWorker?.getRegistrations() ?? []) await worker.unregister();
  for (const name of await caches.keys()) await caches.delete(name);
  await forget();
  show(document.querySelector("[data-key-gone]"));
} catch {
  // the key opens nothing any more; the browser drops it with the site's data
}
