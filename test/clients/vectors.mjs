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
  await alone(module, vectors, changed);
  return wrong;
}

/** alone: what only a program asks, that knows what it expects. */
async function alone(module, vectors, changed) {
  const by = Object.fromEntries(vectors.Cases.map((c) => [c.Name, c]));
  const now = new Date(vectors.Now), keys = vectors.Keys, issuer = vectors.Issuer;
  const p = by.presentation, kind = p.Facts[0].value;
  const expect = { kind, keys, issuer, audience: p.Audience, nonce: p.Nonce };
  const refused = async (name, check) => {
    try { changed(name, await check(), 'refused'); } catch (e) { if (!(e instanceof module.Refusal)) changed(name, String(e), 'a Refusal'); }
  };
  const got = await module.checkPresentation(p.Text, expect, now);
  if (got.kind !== kind || got.claims.age_over_18 !== true) changed('checkPresentation', got, kind);
  for (const change of [{ kind: `${kind}2` }, { kind: '' }, { issuer: `${issuer}/` }, { issuer: '' }, { keys: undefined }, { keys: { keys: [] } }, { roots: vectors.Roots }, { audience: '' }, { nonce: '' }]) {
    await refused(JSON.stringify(change), () => module.checkPresentation(p.Text, { ...expect, ...change }, now));
  }
  await refused('a proof that nobody asked for', () => module.checkCredential(p.Text, expect, now));
  await refused('too long', () => module.checkPresentation(p.Text.replace('~', '~' + 'A'.repeat(130 << 10)), expect, now));
  const a = by.answer, to = { keys, issuer, audience: a.Audience, nonce: a.Nonce };
  if ((await module.checkAnswer(a.Text, to, now)).subject !== 'p1') changed('checkAnswer', a, 'p1');
  for (const change of [{ issuer: '' }, { audience: '' }, { nonce: undefined }, { keys: undefined }]) await refused(JSON.stringify(change), () => module.checkAnswer(a.Text, { ...to, ...change }, now));
  await refused('an answer too long', () => module.checkAnswer(a.Text + 'A'.repeat(17 << 10), to, now));
  const list = await module.checkStatusList(by['status list'].Text, `${issuer}/status/1`, { keys }, now);
  for (const [index, want] of [[4, 'valid'], [5, 'revoked'], [6, 'frozen']]) {
    const said = module.statusOf(list, { index, uri: list.uri }, now);
    if (said !== want) changed(`place ${index}`, said, want);
  }
  await refused('another list', () => module.statusOf(list, { index: 4, uri: `${list.uri}0` }, now));
  await refused('a list past its time', () => module.statusOf(list, { index: 4, uri: list.uri }, new Date(list.expires * 1000)));
  await refused('no address', () => module.checkStatusList(by['status list'].Text, '', { keys }, now));
  const trust = await module.checkTrustList(by['trust list'].Text, { roots: vectors.Roots, issuer }, now);
  await refused('a trust list of anybody below the root', () => module.checkTrustList(by['trust list'].Text, { roots: vectors.Roots }, now));
  const c = by['presentation by its chain'];
  const other = by["any issuer below the root"];
  await refused("a party's word for the issuer's", () => module.checkPresentation(other.Text, { ...expect, keys: undefined, issuer: undefined, roots: vectors.Roots }, now));
  if ((await module.checkPresentation(c.Text, { ...expect, keys: undefined, issuer: undefined, roots: trust.roots }, now)).kind !== kind) changed('by a trust list', trust, kind);
}

if (typeof process !== 'undefined' && process.argv[2]) {
  const { readFile } = await import('node:fs/promises');
  const module = await import(new URL('../../client/js/assets/netid-verify.mjs', import.meta.url));
  const vectors = JSON.parse(await readFile(process.argv[2], 'utf8'));
  const wrong = await differing(module, vectors);
  console.log(JSON.stringify({ cases: vectors.Cases.length, wrong }, null, 1));
}
