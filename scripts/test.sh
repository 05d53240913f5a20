#!/usr/bin/env bash
# The stages of `make test`, all of them or those named as arguments:
#   lint unit postgres failover race hsm journey browser clients fuzz vulnerabilities
# A stage that cannot run here is skipped and says why; with CI=true that is a
# failure. Every package is tested by exactly one of unit, postgres, journey,
# browser and clients; tests that need PostgreSQL have it in their names.
set -euo pipefail
cd "$(dirname "$0")/.."

staticcheck=honnef.co/go/tools/cmd/staticcheck@v0.8.2
govulncheck=golang.org/x/vuln/cmd/govulncheck@v1.9.0
node_package=node@22
clients=test/clients

# Rooms whose values are used by several goroutines at once.
concurrent='./internal/suite/... ./internal/quorum/... ./internal/vault/... ./internal/ledger/... ./internal/store/... ./internal/act/... ./internal/sandbox/... ./internal/web/... ./internal/protocol/... ./internal/tool/...'

# The race detector does not look into SQLite: half of its time was that, and it
# is C that was translated, which shares nothing with us and has locks of its
# own. Only the room without generic functions is left out: the linker keeps one
# copy of such a function for all, and one that is not looked at makes races of
# what is none.
sqlite=('-gcflags=modernc.org/...=-d=checkptr=0' '-gcflags=modernc.org/sqlite/lib=-race=false -d=checkptr=0')

say() { printf '\n== %s\n' "$*"; }

skip() {
	echo "skipped: $*"
	if [ "${CI:-}" = true ]; then
		echo "with CI=true a skip is a failure" >&2
		exit 1
	fi
}

# as_root runs a command as root, if that is possible without asking anybody.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif type -P sudo >/dev/null && sudo -n true 2>/dev/null; then
		sudo -n "$@"
	else
		return 1
	fi
}

# distribution NAME… installs packages of Debian or Ubuntu; its failure means
# that this machine is another one, or that nobody may install here.
distribution() {
	type -P apt-get >/dev/null || return 1
	echo "installing $* from the distribution"
	local log
	log=$(mktemp)
	if { as_root apt-get update && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1; then
		rm -f "$log"
	else
		tail -n 5 "$log" >&2
		rm -f "$log"
		return 1
	fi
}

# in_memory puts what tests write into memory, where there is room for it: a
# sync costs nothing there, and most of what a test waits for is a disk. None of
# them asks the disk of this machine anything: one that loses, lies or fills up
# is played (test/lossy). What is built stays on the disk. Whoever sets TMPDIR
# says where.
in_memory() {
	local base=/dev/shm dir
	[ -z "${TMPDIR:-}" ] && [ -d "$base" ] && [ -w "$base" ] || return 0
	[ "$(df -Pk "$base" | awk 'NR == 2 { print $4 }')" -ge 4000000 ] && [ "$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)" -ge 8000000 ] || return 0
	dir=$(mktemp -d "$base/netid-XXXXXX")
	printf '#!/bin/sh\n' >"$dir/runs" && chmod +x "$dir/runs"
	if ! "$dir/runs" 2>/dev/null; then # tests start what they build
		rm -rf "$dir"
		return 0
	fi
	chmod 1777 "$dir" # a database runs as another user
	temporary+=("$dir")
	export GOTMPDIR=${GOTMPDIR:-/tmp} TMPDIR=$dir
}

temporary=()
trap 'rm -rf "${temporary[@]:-/nonexistent}"' EXIT

# tests TIMEOUT ARGS… runs go test and says how long it took.
tests() {
	local limit=$1 began=$SECONDS
	shift
	go test -timeout "$limit" "$@"
	echo "took $((SECONDS - began)) s"
}

packages() { go list ./... | grep "$@"; }

lint() {
	say 'lint: gofmt, go vet, staticcheck'
	local unformatted
	unformatted=$(git ls-files -z --cached --others --exclude-standard '*.go' | xargs -0 -r sh -c 'for f; do [ ! -f "$f" ] || echo "$f"; done' sh | xargs -r gofmt -l)
	if [ -n "$unformatted" ]; then
		echo "gofmt would change:" $unformatted >&2
		exit 1
	fi
	go vet ./...
	go run "$staticcheck" ./...
	go -C "$clients/zitadel" vet . # a module of its own
}

unit() {
	say 'unit tests'
	if ! type -P openssl >/dev/null && ! distribution openssl; then
		skip 'the suite sm is compared with OpenSSL, and openssl is not here'
	fi
	# shellcheck disable=SC2046
	tests 10m -skip PostgreSQL $(packages -vE '^netid(/test/.*)?$|^netid/internal/store/postgres$')
	echo 'the suites once more, without assembly: both ways to compute agree'
	tests 5m -tags purego ./internal/suite
}

# postgresql_here: 15 is the oldest that will do.
postgresql_here() {
	[ -n "${NETID_POSTGRES:-}" ] || compgen -G '/usr/lib/postgresql/1[5-9]/bin/initdb' >/dev/null || compgen -G '/usr/lib/postgresql/[2-9][0-9]/bin/initdb' >/dev/null
}

postgres() {
	say 'PostgreSQL: the same suite, the shelf, the journey, and kills'
	if ! postgresql_here && { ! distribution postgresql || ! postgresql_here; }; then
		skip 'PostgreSQL 15 or newer is not here (the package postgresql, or a server that NETID_POSTGRES names)'
		return
	fi
	NETID_POSTGRES_MUST=1 tests 10m -count=1 -parallel 6 ./internal/store/postgres
	NETID_POSTGRES_MUST=1 tests 10m -count=1 -run PostgreSQL -skip Failover . ./cmd/netid ./test/cluster ./test/crash
}

# cluster sees to the programs of a cluster: a stage that make cluster asks for.
cluster() {
	PATH="$PATH:/usr/sbin" type -P etcd patroni haproxy >/dev/null && postgresql_here && return
	distribution etcd-server patroni python3-etcd haproxy postgresql iproute2 || return 1
	if [ -d /run/systemd/system ]; then # the packages start services that nobody here asked for
		as_root systemctl disable --quiet --now etcd haproxy || true
	fi
}

failover() {
	say 'failover: a primary dies, and another changes over, under load'
	if ! cluster; then
		skip 'a cluster needs etcd, Patroni, HAProxy and PostgreSQL (etcd-server, patroni, python3-etcd, haproxy, postgresql)'
		return
	fi
	NETID_CLUSTER_MUST=1 tests 10m -count=1 -run Failover ./test/crash
}

race() {
	say 'race detector'
	if ! type -P gcc >/dev/null && ! distribution gcc libc6-dev; then
		skip 'the race detector needs a C compiler, and gcc is not here'
		return
	fi
	# shellcheck disable=SC2046
	CGO_ENABLED=1 tests 10m -race "${sqlite[@]}" -short -parallel 6 $(go list $concurrent | grep -v '^netid/internal/store/postgres$')
	# Of PostgreSQL's own what many do at once; the rest waits for servers, and was run before.
	CGO_ENABLED=1 tests 5m -race "${sqlite[@]}" -short -parallel 6 -run '^(TestNodes|TestShelfUnderManyHands|TestShelfBegunTogether|TestOpensWhileOthersWrite|TestStirBesideOthers)$' ./internal/store/postgres
}

hsm() {
	say 'the master key in a hardware module, played by SoftHSM2'
	if ! type -P gcc >/dev/null && ! distribution gcc libc6-dev; then
		skip 'PKCS#11 needs a C compiler, and gcc is not here'
		return
	fi
	if ! type -P softhsm2-util >/dev/null && ! distribution softhsm2; then
		skip 'softhsm2 is not here'
		return
	fi
	CGO_ENABLED=1 go vet -tags pkcs11 ./internal/suite/keyring ./cmd/netid
	CGO_ENABLED=1 tests 5m -tags pkcs11 ./internal/suite/keyring
}

journey() {
	say 'journeys with the real program'
	browser_ready || true
	modules || true
	# shellcheck disable=SC2046
	tests 15m -count=1 -skip PostgreSQL $(packages -E '^netid(/test/.*)?$' | grep -vE '^netid/test/(browser|clients)$')
}

browser() {
	say 'the pages in a real browser'
	if [ ! -d test/browser ]; then
		echo 'there is no test/browser: what needs a browser runs with the journeys'
		return
	fi
	browser_ready && modules || return 0
	virtual_reader
	face_models
	tests 15m -count=1 -parallel 4 ./test/browser
}

# virtual_reader sees to a smart card daemon and a card reader of software. The
# test starts its own, in a network of its own; the package's stays off, for
# that driver listens on every address.
virtual_reader() {
	[ -f /usr/lib/pcsc/drivers/serial/libifdvpcd.so ] && PATH="$PATH:/usr/sbin" type -P pcscd ip unshare nsenter >/dev/null && return
	if ! distribution pcscd vsmartcard-vpcd iproute2 util-linux mount; then
		skip 'a passport is read through pcscd and vsmartcard-vpcd, and they are not here'
	elif [ -d /run/systemd/system ]; then
		as_root systemctl disable --quiet --now pcscd.socket pcscd || true
	fi
}

# face_models fetches the packages with which a page compares faces (ADR 0041).
face_models() {
	compgen -G 'bin/face/vladmandic-face-api-1.7.15.tgz' >/dev/null && compgen -G 'bin/face/tensorflow-tfjs-backend-wasm-4.22.0.tgz' >/dev/null && return
	mkdir -p bin/face
	(cd bin/face && npm pack --silent @vladmandic/face-api@1.7.15 @tensorflow/tfjs-backend-wasm@4.22.0) ||
		skip 'the models with which faces are compared cannot be fetched (npm pack, into bin/face)'
}

# browser_ready sees to a browser and to a font with Chinese characters.
browser_ready() {
	if ! type -P chromium >/dev/null && ! type -P chromium-browser >/dev/null && ! type -P google-chrome >/dev/null &&
		! distribution chromium fonts-noto-cjk; then
		skip 'the browser tests need chromium and a font with Chinese characters (chromium, fonts-noto-cjk)'
		return 1
	fi
	if type -P fc-list >/dev/null && [ -z "$(fc-list :lang=zh-cn)" ] && ! distribution fonts-noto-cjk; then
		echo 'no font with Chinese characters here: the pages are tested, their glyphs are not'
	fi
}

# modern NODE reports whether it is a Node that the clients run on.
modern() { [ "$("$1" -p 'process.versions.node.split(".")[0] >= 20' 2>/dev/null)" = true ]; }

# modules makes test/clients/node_modules, with a Node of its own where the
# distribution's is too old.
modules() {
	if ! type -P npm >/dev/null && ! distribution nodejs npm; then
		skip "other people's clients need Node 20 or newer and npm"
		return 1
	fi
	if [ ! -f "$clients/node_modules/.package-lock.json" ] || [ "$clients/package-lock.json" -nt "$clients/node_modules/.package-lock.json" ]; then
		(cd "$clients" && npm ci --no-audit --no-fund --loglevel=error) || exit 1
	fi
	if ! modern node && ! modern "$clients/node_modules/.bin/node"; then
		(cd "$clients" && npm install --no-save --no-package-lock --no-audit --no-fund --loglevel=error "$node_package") || exit 1
	fi
	if modern "$clients/node_modules/.bin/node"; then
		PATH="$PWD/$clients/node_modules/.bin:$PATH"
	elif ! modern node; then
		skip "other people's clients need Node 20 or newer, here is $(node --version 2>/dev/null || echo none)"
		return 1
	fi
}

clients() {
	say "other people's clients"
	modules || true # those written in Go need no Node
	tests 10m -count=1 -parallel 4 "./$clients"
}

# fuzz gives every target FUZZTIME; within make test only as long as shows
# that it runs and that its corpus passes under mutation. Each package is built
# once, and each processor has a target of its own, with one worker.
fuzz() {
	say 'fuzz targets'
	local lane lanes=() failed=0 built
	built=$(mktemp -d)
	temporary+=("$built")
	fuzz_targets >"$built/targets"
	[ -s "$built/targets" ] || { echo 'there is no fuzz target: the search for them is broken' >&2; exit 1; }
	cut -d: -f1 "$built/targets" | sort -u | while read -r dir; do
		go test -c -fuzz . -o "$built/${dir//\//+}" "$dir"
	done
	for ((lane = 0; lane < $(nproc); lane++)); do
		fuzz_lane "$built" "$lane" "$(nproc)" &
		lanes+=($!)
	done
	for lane in "${lanes[@]}"; do wait "$lane" || failed=1; done
	[ "$failed" = 0 ] || exit 1
	rm -rf "$built"
}

# fuzz_targets names them all, DIR:NAME.
fuzz_targets() {
	git ls-files --cached --others --exclude-standard '*_test.go' | xargs -r grep -oE '^func Fuzz[A-Za-z0-9_]+' |
		sed -E 's#^(.*)/[^/]+:func (Fuzz.*)$#./\1:\2#'
}

# fuzz_lane BUILT N LANES runs every LANESth target, beginning with the Nth.
fuzz_lane() {
	local dir name out kept
	kept=$(go env GOCACHE)/fuzz/netid
	while IFS=: read -r dir name; do
		out=$(cd "$dir" && "$1/${dir//\//+}" -test.run '^$' -test.fuzz "^$name\$" -test.fuzztime "${FUZZTIME:-400ms}" -test.fuzzcachedir "$kept/$dir" -test.parallel 1 2>&1) || {
			# The fuzzing engine sometimes reports its own end as a failure: then there
			# is no failing input, and nothing else was said.
			if ! grep -q 'context deadline exceeded' <<<"$out" || grep -qE 'Failing input|panic|_test\.go:' <<<"$out"; then
				printf '%s\n' "$dir $name" "$out" "$name fails; its input is in $dir/testdata/fuzz" >&2
				return 1
			fi
			out="the engine's own end, and no finding"
		}
		echo "$dir $name"
	done < <(awk "NR % $3 == $2" "$1/targets")
}

# vulnerabilities asks an offline database: NETID_VULNDB, an archive, or the
# one that may lie beside the tree.
vulnerabilities() {
	say 'known vulnerabilities'
	local archive=${NETID_VULNDB:-../shared/vulndb.tgz} index
	if [ ! -f "$archive" ]; then
		echo 'skipped: there is no offline database (name its archive in NETID_VULNDB)'
		return
	fi
	dir=$(mktemp -d)
	temporary+=("$dir")
	tar -xzf "$archive" -C "$dir"
	index=$(find "$dir" -type d -name index -print -quit)
	index=file://$(dirname "${index:-$dir/none/x}")
	go run "$govulncheck" -db "$index" ./...
	go -C "$clients/zitadel" run "$govulncheck" -db "$index" .
}

if [ $# = 0 ]; then
	set -- lint unit postgres failover race hsm journey browser clients fuzz vulnerabilities
fi
in_memory
for stage; do
	case $stage in
	lint | unit | postgres | failover | race | hsm | journey | browser | clients | fuzz | vulnerabilities) "$stage" ;;
	cluster) cluster || { echo 'a cluster needs etcd, Patroni, HAProxy and PostgreSQL, and they cannot be installed here (etcd-server, patroni, python3-etcd, haproxy, postgresql)' >&2; exit 1; } ;;
	*)
		echo "no stage is called $stage" >&2
		exit 2
		;;
	esac
done
