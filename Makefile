# The tools are pinned in test/tools/go.mod, apart from the product's own dependencies.
tool := go tool -modfile=test/tools/go.mod

.DEFAULT_GOAL := help
.PHONY: help build test race lint fmt fuzz bench bench-memory bench-profile bench-credentials faults load soak observe legacy-matrix tls-scan ci

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build the binary bin/gatehouse
	go build -o bin/gatehouse ./cmd/gatehouse

test: ## run all tests
	go test ./...

race: ## run all tests under the race detector
	go test -race ./...

lint: ## check format, go vet and golangci-lint
	.ci/run format vet lint

fmt: ## format the Go files with gofumpt
	$(tool) gofumpt -w .

fuzz: ## fuzz each target for 20 seconds
	.ci/run fuzz

# The report goes to bin, or to REPORT=<file>.
bench: ## what a call costs, beside Caddy, net/http and nginx; fails where a goal is missed
	go test -run '^$$' -bench '^BenchmarkCall$$' -benchtime 1x -timeout 15m ./test/bench -report "$(abspath $(or $(REPORT),bin/bench.json))"

bench-memory: ## what verdicts and idle connections take, and how a hit's cost grows
	go test -run '^$$' -bench '^BenchmarkMemory$$' -benchtime 1x -timeout 30m ./test/bench -report "$(abspath $(or $(REPORT),bin/bench-memory.json))"

bench-profile: ## where the time of a hit and of a miss goes, and what waits for locks
	go test -run '^$$' -bench '^BenchmarkProfile$$' -benchtime 1x -timeout 15m ./test/bench

bench-credentials: ## flood the door with wrong passwords and time the right caller
	go test -run '^$$' -bench Flood -benchtime 1x ./test/bench/credentials

faults: ## print what becomes of everything an upstream can do wrong
	go test -count=1 -v ./test/faults/

legacy-matrix: ## start real frameworks and print what their users read
	test/legacy/run

tls-scan: ## scan the shipped TLS settings with sslscan and testssl.sh
	test/tls/scan

# test/load is a module of its own; -v prints the table of each scenario.
load: ## overload, and 200 reloads under load
	cd test/load && go test -count=1 -v -timeout 30m -run 'TestOverload|TestReload' . -attack 20s -reloads 200 -report "$(abspath $(REPORT))"

soak: ## everything at once for 10 minutes, or SOAK=1h; REPORT=<file> for the results as JSON
	cd test/load && go test -count=1 -v -timeout 0 -run TestSoak . -soak $(SOAK) -report "$(abspath $(REPORT))"

SOAK ?= 10m
REPORT ?=

observe: ## ask every dashboard query and alert of a real Prometheus, draw the pictures (2 minutes)
	go test -count=1 -timeout 10m -v -run 'TestEveryQueryOfEveryPanelReturnsData$$' ./test/observe \
		-args -observe.required -observe.for=75s -observe.pictures='$(CURDIR)/dashboards/pictures'

ci: ## run every check that a change must pass
	.ci/run
