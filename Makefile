# The tools are pinned in test/tools/go.mod, apart from the product's own dependencies.
tool := go tool -modfile=test/tools/go.mod

.DEFAULT_GOAL := help
.PHONY: help build test race lint fmt fuzz bench-credentials faults legacy-matrix tls-scan ci

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

bench-credentials: ## flood the door with wrong passwords and time the right caller
	go test -run '^$$' -bench Flood -benchtime 1x ./test/bench/credentials

faults: ## print what becomes of everything an upstream can do wrong
	go test -v -run '^TestMain$$|Matrix|Stale|Faults' ./test/faults/

legacy-matrix: ## start real frameworks and print what their users read
	test/legacy/run

tls-scan: ## scan the shipped TLS settings with sslscan and testssl.sh
	test/tls/scan

ci: ## run every check that a change must pass
	.ci/run
