#!/usr/bin/env bash
# Lighthouse on the pages that need no session, of a sandbox of its own, on a
# telephone and on a computer: 100 for accessibility and for best practices, or
# it fails. Node 20 runs version 12; it has no category for apps any more, so
# what makes one is asked of the browser itself (TestApp).
set -euo pipefail
cd "$(dirname "$0")/.."

version=12.8.2
at=bin/lighthouse
out=${NETID_ARTIFACTS:-$PWD/artifacts}/lighthouse
if [ ! -x "$at/node_modules/.bin/lighthouse" ]; then
	mkdir -p "$at"
	if ! npm install --no-audit --no-fund --loglevel=error --prefix "$at" "lighthouse@$version"; then
		echo "skipped: lighthouse $version cannot be fetched"
		exit 0
	fi
fi
mkdir -p "$out"

data=$(mktemp -d)
bin/netid sandbox --data "$data/netid" --addr localhost:0 --shop "" >"$data/said" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$data"' EXIT
for _ in $(seq 300); do
	site=$(sed -n 's/^ *netid  *\(http:[^ ]*\)$/\1/p' "$data/said")
	[ -z "$site" ] || break
	sleep .1
done
[ -n "$site" ] || { cat "$data/said" >&2; exit 1; }

CHROME_PATH=$(type -P chromium || type -P chromium-browser || type -P google-chrome)
export CHROME_PATH
failed=0
for page in / /help /signin /enrol /lost /offline /notices/enrolment; do
	for form in mobile desktop; do
		name=$(tr -c 'a-z\n' - <<<"${page#/}")
		file=$out/${name:-start}-$form.json
		as=(--form-factor=mobile)
		[ "$form" = mobile ] || as=(--preset=desktop)
		"$at/node_modules/.bin/lighthouse" "$site$page" "${as[@]}" --quiet --output=json --output-path="$file" --only-categories=accessibility,best-practices \
			--chrome-flags='--headless=new --no-sandbox --disable-gpu' >/dev/null
		node -e '
			const r = JSON.parse(require("fs").readFileSync(process.argv[1]));
			const scores = Object.values(r.categories).map((c) => c.title + " " + Math.round(c.score * 100));
			console.log(process.argv[2], scores.join(", "));
			for (const c of Object.values(r.categories)) for (const a of c.auditRefs)
				if (a.weight && r.audits[a.id].score !== null && r.audits[a.id].score < 1) console.log("  ", a.id, r.audits[a.id].title, JSON.stringify(r.audits[a.id].details?.items?.slice(0, 3) ?? ""));
			process.exit(Object.values(r.categories).every((c) => c.score === 1) ? 0 : 1);' "$file" "$page on a $form" || failed=1
	done
done
exit "$failed"
