// What a party asks of a wallet (OpenID4VP 1.0, DCQL), and what netid says that
// it may ask. Whatever is not exactly in order is refused, with the protocol's
// word for it.
import { base64url, unbase64 } from "./device.js";
import { digest, roots } from "./jwt.js";
import { checkRegistration, checkRequest } from "./netid-verify.mjs";

const REGISTRATION = "urn:netid:registration";
const most = 64 << 10; // bytes of a request

// Refusal carries the word for the party (§8.5) and ours for the citizen.
export class Refusal extends Error {
  constructor(word, why, request) {
    super(why);
    Object.assign(this, { word, why, request });
  }
}

const reaches = (address) => {
  const u = new URL(address);
  if (u.protocol !== "https:" && !(u.protocol === "http:" && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(u.hostname) && location.protocol === "http:")) throw new Refusal("invalid_request", "address");
  return u;
};

async function fetched(address, method, nonce) {
  const post = method === "post";
  const r = await fetch(reaches(address), { credentials: "omit", referrerPolicy: "no-referrer", redirect: "error", method: post ? "POST" : "GET",
    headers: { Accept: "application/oauth-authz-req+jwt" }, body: post ? new URLSearchParams({ wallet_nonce: nonce }) : undefined });
  const text = await r.text();
  if (!r.ok || text.length > most) throw new Refusal("invalid_request", "unreachable");
  return text.trim();
}

// registered is what netid says of the party whose certificate signed the request.
async function registered(request, thumbprint, expect) {
  const said = request.verifier_info?.find?.((v) => v.format === REGISTRATION)?.data;
  if (typeof said !== "string") throw new Refusal("invalid_client", "unregistered", request);
  const party = await checkRegistration(said, expect, new Date()).catch(() => { throw new Refusal("invalid_client", "unregistered", request); });
  if (!party.certificates.includes(thumbprint)) throw new Refusal("invalid_client", "unregistered", request);
  return party;
}

// wanted reads the query: one credential of ours, or several ways of which one
// will do. A claim that is not the party's to ask makes the whole request none
// that is answered (I17).
function wanted(request, party) {
  const queries = request.dcql_query?.credentials;
  if (!Array.isArray(queries) || queries.length === 0 || request.dcql_query.credential_sets && queries.length > 8) throw new Refusal("invalid_request", "query", request);
  const all = queries.map((q) => {
    const vct = q.meta?.vct_values?.find((v) => v in party.kinds);
    if (q.format !== "dc+sd-jwt" || q.multiple) throw new Refusal("vp_formats_not_supported", "query", request);
    if (!vct) throw new Refusal("invalid_request", q.meta?.vct_values?.some((v) => v.startsWith(location.origin + "/")) ? "not-allowed" : "foreign", request);
    const claims = (q.claims ?? []).map((c) => {
      if (c.path?.length !== 1 || typeof c.path[0] !== "string") throw new Refusal("invalid_request", "query", request);
      return { id: c.id, name: c.path[0], values: c.values };
    });
    const sets = q.claim_sets ?? [claims.map((c) => c.id)];
    const [first] = sets;
    const chosen = q.claim_sets ? claims.filter((c) => first.includes(c.id)) : claims;
    for (const { name } of claims) {
      if (name !== "real_person" && name !== "vct" && !party.kinds[vct].includes(name)) throw new Refusal("invalid_request", "not-allowed", request);
    }
    return { id: q.id, vct, claims: chosen.map((c) => c.name).filter((n) => n !== "real_person" && n !== "vct") };
  });
  const sets = request.dcql_query.credential_sets;
  const needed = sets ? sets.filter((s) => s.required !== false).flatMap((s) => s.options[0]) : all.map((q) => q.id);
  return all.filter((q) => needed.includes(q.id));
}

// receive fetches and checks a request.
export async function receive(parameters) {
  const client = parameters.get("client_id"), address = parameters.get("request_uri"), method = parameters.get("request_uri_method") ?? "get";
  if (!client || !address) throw new Refusal("invalid_request", "query");
  if (method !== "get" && method !== "post") throw new Refusal("invalid_request_uri_method", "query");
  const nonce = base64url(crypto.getRandomValues(new Uint8Array(16)));
  const expect = { roots: await roots(), issuer: location.origin };
  const { request, thumbprint } = await checkRequest(await fetched(address, method, nonce), client, expect, new Date())
    .catch((e) => { throw e instanceof Refusal ? e : new Refusal("invalid_request", "signature"); });
  if (method === "post" && request.wallet_nonce !== nonce) throw new Refusal("invalid_request", "signature");
  if (request.response_type !== "vp_token" || !/^direct_post(\.jwt)?$/.test(request.response_mode) || typeof request.nonce !== "string" || request.nonce === "" ||
    request.redirect_uri !== undefined || typeof request.response_uri !== "string") throw new Refusal("invalid_request", "query");
  const { host } = reaches(request.response_uri);
  const party = await registered(request, thumbprint, expect);
  if (host !== party.domain && host !== location.host) throw new Refusal("invalid_client", "address"); // nothing is posted to an address that is not theirs
  return { request, party, wanted: wanted(request, party), bindings: bindings(request) };
}

// bindings: what else the citizen agrees to with this answer (§8.4). A kind that
// this wallet cannot show is refused: nobody signs what they did not read.
function bindings(request) {
  return (request.transaction_data ?? []).map((text) => {
    let d;
    try {
      d = JSON.parse(new TextDecoder().decode(unbase64(text)));
    } catch {
      throw new Refusal("invalid_transaction_data", "query", request);
    }
    if (d.type !== "urn:netid:transaction" || typeof d.text !== "string" || d.text.length > 500) throw new Refusal("invalid_transaction_data", "transaction", request);
    return { text: d.text, raw: text };
  });
}

export const hashes = (list) => Promise.all(list.map(({ raw }) => digest(raw)));
