// What the module for browsers finds in every vector of package client. Prints what differs, as JSON; it is
// run by Node, and its `differing` by a browser.
export async function differing(module, vectors) {
  const wrong = [];
  const changed = (name, got, want) => wrong.push({ name, got, want });
  for (const c of vectors.Cases) {
    const without = c.Without ?? [];
    const known = { roots: vectors.Roots, keys: vectors.Keys, issuer: vectors.Issuer, audience: c.Audience, nonce: c.Nonce, lists: c.Lists, now: new Date(c.At ?? vectors.Now) };
    for (const what of without) delete known[what];
    const input = c.Bytes ? Uint8Array.from(atob(c.Bytes), (b) => b.charCodeAt(0)) : c.Text ?? '';
    const got = await module.read(input, known);
    const want = c.Module ?? c.Verdict;
    const same = (a, b) => JSON.stringify(a ?? []) === JSON.stringify(b ?? []);
    if (got.form !== c.Form || got.verdict !== want || (got.verdict !== 'proven') !== Boolean(got.why)) changed(c.Name, { form: got.form, verdict: got.verdict, why: String(got.why) }, [c.Form, want]);
    else if (want === 'proven' && (!same(got.facts, c.Facts) || !same(got.open, c.Open))) changed(c.Name, got, c);
    if (want !== 'proven' && got.facts.length) changed(c.Name, got.facts, []);
    if (want !== 'proven' || typeof input !== 'string') continue;
    for (let i = 0; i < input.length; i += 1 + Math.floor(input.length / 12)) { // whatever is changed, nothing else is proven
      const other = input.slice(0, i) + String.fromCharCode(input.charCodeAt(i) ^ 1) + input.slice(i + 1);
      const found = await module.read(other, known);
      if (found.verdict === 'proven' && !same(found.facts, c.Facts)) changed(`${c.Name}, byte ${i}`, found, c.Facts);
    }
    delete known.keys;
    delete known.roots;
    const found = await module.read(input, known);
    if (found.verdict !== 'not_checked' || !found.open.includes('keys')) changed(`${c.Name}, no keys`, found, 'not_checked');
  }
  return wrong;
}

if (typeof process !== 'undefined' && process.argv[2]) {
  const { readFile } = await import('node:fs/promises');
  const module = await import(new URL('../../client/js/assets/netid-verify.mjs', import.meta.url));
  const vectors = JSON.parse(await readFile(process.argv[2], 'utf8'));
  const wrong = await differing(module, vectors);
  console.log(JSON.stringify({ cases: vectors.Cases.length, wrong }, null, 1));
}
