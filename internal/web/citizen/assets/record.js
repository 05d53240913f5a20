// Checks a record against the ledger in this browser, and remembers the
// newest head, so that a ledger that shrinks or is swapped shows.
import { base64url, keep, read, show, unbase64 } from "./device.js";
import { checkHead, leafOf, readHead, rootFrom, same } from "./proof.js";

const proof = document.getElementById("proof");
const page = proof.dataset;

function say(check, outcome, seen) {
  const line = proof.querySelector(`[data-check="${check}"]`);
  show(line.querySelector("[data-wait]"), false);
  const words = line.querySelector(`[data-${outcome}]`);
  const number = words.querySelector("[data-seen]");
  if (number) number.textContent = seen;
  show(words);
  line.dataset.outcome = outcome;
}

async function place(head) {
  const path = page.proofPath.split(" ").filter(Boolean).map(unbase64);
  const leaf = await leafOf(unbase64(page.salt), unbase64(page.canonical));
  const root = head.size === page.size ? await rootFrom(leaf, page.index, page.size, path) : null;
  return root !== null && same(root, head.root);
}

// grown compares with what this device remembers of the ledger.
async function grown(head) {
  const known = await read("head");
  const root = base64url(head.root);
  if (!known) {
    await keep("head", { size: head.size, root, note: page.head });
    return say("grown", "first");
  }
  const before = BigInt(known.size), now = BigInt(head.size);
  if (now < before || (now === before && known.root !== root)) return say("grown", "bad", known.size);
  await keep("head", { size: head.size, root, note: page.head });
  say("grown", "ok", known.size);
}

// check says what came of it; what cannot be checked is not good.
async function check(name, act) {
  try {
    await act();
  } catch {
    say(name, "bad", "?");
  }
}

let head;
await check("place", async () => {
  head = readHead(page.head);
  say("place", (await place(head)) ? "ok" : "bad");
});
let signed = false;
await check("signed", async () => {
  signed = await checkHead(head, page.verifier);
  say("signed", { true: "ok", false: "bad", null: "skip" }[signed]);
});
// A head that is wrongly signed is not one to compare with or to remember.
if (signed !== false) await check("grown", () => grown(head));
else show(proof.querySelector('[data-check="grown"]'), false);
