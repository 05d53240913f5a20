// A passkey signs what a form says: to sign in, to join, to propose, to decide.
import { show } from "./device.js";
import { able, ask, make } from "./passkey.js";

for (const form of document.querySelectorAll("form[data-sign]")) {
  const failed = form.querySelector("[data-failed]");
  show(failed, !able());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    show(failed, false);
    const { account, name, sign } = form.dataset;
    try {
      let id;
      if (account) {
        const made = await make(account, name);
        form.elements.device.value = JSON.stringify(made.jwk);
        id = made.id;
      }
      const { certificate, signature } = await ask(sign, id);
      if (form.elements.certificate) form.elements.certificate.value = certificate;
      form.elements.signature.value = signature;
      form.submit();
    } catch {
      show(failed);
    }
  });
}
