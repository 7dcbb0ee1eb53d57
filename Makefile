# corust: see README.md. Every target installs by itself what a fresh Debian or
# Ubuntu machine with Go and make still lacks, or says what to type.

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
BIN     := bin/corust

# The version is given. Go's own look at git's state ends a build in a clone that
# belongs to somebody else, as continuous integration often has.
export GOFLAGS := $(strip $(shell $(GO) env GOFLAGS) -buildvcs=false)

.PHONY: all build run test test-unit test-web lint bench bench-runs bench-collab bench-page load nightly attacks programs image crates clean

all: build

# A static binary: the same file is the command, the server and the agent that
# is process 1 of every box.
build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o $(BIN) ./cmd/corust

run: build
	@scripts/setup rust
	$(BIN) run examples/hello.rs

# Everything that this machine can test; what it cannot, it says. The last line
# counts the Go tests.
test: lint test-web test-unit

# The race detector needs a C compiler.
test-unit:
	@scripts/setup rust race || true
	@$(MAKE) --no-print-directory build
	@echo "go test: each package is told when it has ended; the first takes minutes, since all is compiled"
	@if command -v cc >/dev/null; then race=-race; else race=; echo "skipped: the race detector: there is no C compiler"; fi; \
	$(GO) test $$race -timeout 25m -json ./... | $(GO) run ./internal/testsum

# The page, its client against a real server, two browsers, and the transform
# against CodeMirror's own on fresh vectors.
test-web: build
	@scripts/setup rust node browser || true
	scripts/test-web

lint:
	scripts/lint

# Ratios against the peer in the same run, bare rustc, docker run, cargo and node,
# and figures of this machine where there is none; all of it takes half an hour.
bench: bench-runs bench-collab
	@scripts/load $(LOAD) || echo "load: a target was missed"
	@$(MAKE) --no-print-directory bench-page

# What a run costs.
bench-runs: build
	@scripts/setup rust
	$(GO) run ./internal/bench $(BENCH)

# The collaboration core.
bench-collab:
	@if command -v npm >/dev/null; then (cd collab/ot/vectors && npm ci --silent); fi
	$(GO) run ./collab/bench

# What a server carries on this machine: sessions, sockets, output.
load: build
	@scripts/setup rust
	scripts/load $(LOAD)

# The page: its first load, Run to the first byte, a key against the bare editor.
bench-page: build
	@scripts/setup rust node browser || true
	@if command -v npm >/dev/null && command -v chromium >/dev/null; then cd collab/web && npm ci --silent --no-audit --no-fund && npm run --silent measure; \
	else echo "skipped: the page: there is no npm or no chromium"; fi

# Random schedules, laws, kills, malformed frames and every fuzz target, from fresh
# seeds, for as long as it is told: make nightly FOR=8h
nightly:
	@scripts/setup race || true
	@FOR=$(FOR) scripts/nightly

# What boxes leave on the machine after thousands of hostile runs, and how much one
# that attacks slows another down. The machine should have nothing else to do.
attacks: build
	@scripts/setup rust
	CORUST_TEST_MIXTURE=10000 $(GO) test -count=1 -timeout 4h -v -run 'TestConformance/(Mixture|Neighbour)' ./runner/native
	CORUST_TEST_MIXTURE=300 $(GO) test -count=1 -timeout 4h -v -run 'TestConformance/(Mixture|Neighbour)' ./runner/docker

# The image of Docker boxes, made without a registry; takes root.
image: build
	@scripts/setup bootstrap
	$(BIN) image build --bootstrap=host

# The whole set of crates in both profiles, and a program for each crate.
crates: build
	@scripts/setup rust
	crates/testdata/all.sh $(BIN)

# Programs that were not written for corust, against a plain rustc.
programs: build
	@scripts/setup rust
	$(GO) run ./internal/programs -corust $(BIN)

clean:
	rm -rf bin
