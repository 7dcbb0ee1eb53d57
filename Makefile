# corust: see README.md. Every target installs by itself what a fresh Debian or
# Ubuntu machine with Go and make still lacks, or says what to type.

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
BIN     := bin/corust

.PHONY: all build run test test-unit lint bench programs clean

all: build

# A static binary: the same file is the command, the server and the agent that
# is process 1 of every box.
build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o $(BIN) ./cmd/corust

run: build
	@scripts/setup rust
	$(BIN) run examples/hello.rs

test: lint test-unit

# Runs what this machine can run; every test that it cannot says so, and the last
# line counts. The race detector needs a C compiler.
test-unit:
	@scripts/setup rust race || true
	@$(MAKE) --no-print-directory build
	@if command -v cc >/dev/null; then race=-race; else race=; echo "no C compiler: testing without the race detector"; fi; \
	$(GO) test $$race -json ./... | $(GO) run ./internal/testsum

lint:
	scripts/lint

# Ratios against bare rustc on this machine, measured in this run.
bench: build
	@scripts/setup rust
	$(GO) run ./internal/bench $(BENCH)

# Programs that were not written for corust, against a plain rustc.
programs: build
	@scripts/setup rust
	$(GO) run ./internal/programs -corust $(BIN)

clean:
	rm -rf bin
