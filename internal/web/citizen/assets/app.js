// Registers the worker that shows, without a network, the pages that work
// without one. Its address says in which language and view it keeps them.

const { lang, classList } = document.documentElement;
const createScriptURL = (_) => "/worker.js?" + new URLSearchParams({ locale: lang, view: classList.contains("large") ? "large" : "standard" });
const policy = window.trustedTypes?.createPolicy("app", { createScriptURL }) ?? { createScriptURL };

// A browser that keeps no worker shows its own page without a network.
navigator.serviceWorker?.register(policy.createScriptURL(""), { scope: "/" }).catch(() => {});
