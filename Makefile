# netid: two commands, `make run` and `make test`; the rest is parts of them.
.DEFAULT_GOAL := help
.PHONY: help run test lint fuzz bench benchmarks load scale crash cluster failover races tamper dump pages pool differential rewrap binary

FUZZTIME ?= 60s

help: ## say what can be made
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

run: binary ## build netid and start a sandbox on http://localhost:7080
	bin/netid sandbox

test: binary ## every test, installing what they need on Debian and Ubuntu
	NETID_BIN=$(CURDIR)/bin/netid scripts/test.sh

lint: ## gofmt, go vet and staticcheck
	scripts/test.sh lint

fuzz: ## every fuzz target for FUZZTIME each (60s), one on each processor
	FUZZTIME=$(FUZZTIME) scripts/test.sh fuzz

bench: binary ## one table: whole verifications over both stores, rate, latencies, CPU of server and database, commits, bytes (NETID_LOAD="--people 64 …")
	go run ./cmd/netid-load --binary bin/netid --store embedded --store postgres $(NETID_LOAD)

benchmarks: binary ## the benchmarks of the hot paths, and of one whole flow step by step
	NETID_BIN=$(CURDIR)/bin/netid go test -run '^$$' -bench . -benchmem ./internal/... ./client/... ./cmd/netid ./test/pool

load: binary ## whole verifications against the real program: rate, latencies, server CPU, commits (NETID_LOAD="--people 64 …")
	go run ./cmd/netid-load --binary bin/netid $(NETID_LOAD)

scale: binary ## make 10000, 300000 and NETID_PEOPLE (3000000) synthetic people, and measure every act among them (in NETID_SCALE_DIR, /var/tmp: 7 kB free for each)
	for n in 10000 300000 $${NETID_PEOPLE:-3000000}; do \
		d=$${NETID_SCALE_DIR:-/var/tmp}/netid-scale-$$n; \
		bin/netid populate --people $$n --data $$d && du -sh --apparent-size $$d && \
		go run ./cmd/netid-load --binary bin/netid --data $$d --people 64 --verifications 2000 || exit 1; \
		rm -r $$d; \
	done

crash: binary races ## kill server, database and node 200 times each, fail syncs, fill disks, cut power 40 times in the middle of work, and look what was lost
	NETID_BIN=$(CURDIR)/bin/netid NETID_CRASH_TRIALS=$${NETID_CRASH_TRIALS:-200} NETID_POWER_CUTS=$${NETID_POWER_CUTS:-40} \
	NETID_SYNC_FAULTS=$${NETID_SYNC_FAULTS:-50} NETID_FULL_DISKS=$${NETID_FULL_DISKS:-50} NETID_DISK_FAULTS=$${NETID_DISK_FAULTS:-100} \
	NETID_RACE_ROUNDS=$${NETID_RACE_ROUNDS:-1000} go test -count=1 -v -timeout 180m ./test/crash

races: ## 64 callers for each single-use thing at once, 1000 times over, on both stores and on two nodes (over HTTP: in crash)
	NETID_RACE_ROUNDS=$${NETID_RACE_ROUNDS:-1000} go test -count=1 -timeout 120m -run '(TestStore|TestNodes)$$/one_winner$$' ./internal/store/sqlite ./internal/store/postgres

cluster: binary ## three PostgreSQL servers with automatic failover, three nodes and a balancer on this machine, and how to break them
	scripts/test.sh cluster
	go build -o bin/netid-cluster ./cmd/netid-cluster
	bin/netid-cluster $(NETID_CLUSTER)

failover: binary ## break that cluster 20 times under load, and look what was lost; and one without synchronous replication, which must lose
	scripts/test.sh cluster
	NETID_BIN=$(CURDIR)/bin/netid NETID_CLUSTER_MUST=1 NETID_FAILOVERS=$${NETID_FAILOVERS:-20} go test -count=1 -v -timeout 90m -run Failover ./test/crash

rewrap: ## wrap a million persons anew under newer keys, and measure it
	NETID_PERSONS=$${NETID_PERSONS:-1000000} go test -count=1 -v -run TestRewrapAtScale -timeout 60m ./test/kit

tamper: ## do 1000 random things to a real store behind its back: each must be named
	NETID_TAMPERINGS=$${NETID_TAMPERINGS:-1000} go test -count=1 -run 'TestTampering$$' -timeout 20m ./test/kit

dump: ## a thief with a whole database of 1000 people tries to pair them
	NETID_PEOPLE=$${NETID_PEOPLE:-1000} go test -count=1 -v -timeout 30m ./test/dump

pages: binary ## every page of a citizen at 360, 768 and 1280 px, light and dark, for elders too, in both languages: judged, and a picture of each in artifacts/pages
	NETID_PAGES=1 NETID_ARTIFACTS=$${NETID_ARTIFACTS:-$(CURDIR)/artifacts} NETID_BIN=$(CURDIR)/bin/netid go test -count=1 -timeout 90m -run '^(TestCitizen|TestApp)$$' ./test/browser
	scripts/lighthouse.sh

pool: ## two parties that pool all they ever got of 1000 people in 30 days try to pair their accounts
	NETID_POOL=$${NETID_POOL:-1000} NETID_POOL_DAYS=$${NETID_POOL_DAYS:-30} go test -count=1 -v -timeout 60m ./test/pool

differential: ## 10000 random cases of SM2, SM3, HMAC, SM4-GCM and HKDF against OpenSSL
	NETID_DIFFERENTIAL=$${NETID_DIFFERENTIAL:-10000} go test -count=1 -v -run 'AgainstOpenSSL$$' -timeout 60m ./internal/suite

binary:
	CGO_ENABLED=0 go build -trimpath -o bin/netid ./cmd/netid
