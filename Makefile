# Every target installs what a fresh Debian or Ubuntu machine with Go and make still
# lacks, or prints what to type. make help lists the targets.

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
BIN     := bin/corust

# The version is given. Go's own look at git's state ends a build in a clone that
# belongs to somebody else, as continuous integration often has.
export GOFLAGS := $(strip $(shell $(GO) env GOFLAGS) -buildvcs=false)

.PHONY: all help build agent run quick test test-unit costs costs-check test-web test-cluster lint generate docs screenshots hooks bench bench-runs bench-collab bench-page bench-peers load nightly attacks second-kernel programs image crates clean

all: build

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

# One file is the command and the server, and contains the agent that is PID 1 of each
# native box. Without the tag, corust itself is that agent.
build: agent ## Build bin/corust, a static binary
	CGO_ENABLED=0 $(GO) build -trimpath -tags corust_agent -ldflags "-s -w -X main.version=$(VERSION)" -o $(BIN) ./cmd/corust

ARCH = $(shell $(GO) env GOARCH)
agent: ## Build the agent of native boxes, a program for Linux, for ARCH
	CGO_ENABLED=0 GOOS=linux GOARCH=$(ARCH) $(GO) build -trimpath -ldflags "-s -w" -o runner/agent/executable/corust-agent-$(ARCH) ./cmd/corust-agent

run: build ## Run a first program
	@scripts/setup rust
	$(BIN) run examples/hello.rs

# Packages that need no network, no root, no box and no browser.
PURE := ./runner ./runner/rustc ./runner/view ./collab ./collab/ot ./collab/simnet ./internal/ansi ./internal/config ./internal/seccomp

quick: ## Test the pure packages and the page's units in seconds
	@if [ -d collab/web/node_modules ]; then cd collab/web && npx vitest run --exclude '**/live.test.ts'; \
	else echo "skipped: the page's unit tests: npm ci in collab/web installs what they need"; fi
	@$(GO) test -short -json $(PURE) | $(GO) run ./internal/test/testsum

test: lint test-web test-unit costs-check test-cluster ## Test all that this machine can; a skipped test prints why

# Packages whose tests take minutes. They start first, so that none of them runs alone in
# the end.
SLOW := ./runner/docker ./runner/native ./cmd/corust ./collab/simnet

# The race detector needs a C compiler.
test-unit: ## Test the Go packages
	@scripts/setup rust race || true
	@$(MAKE) --no-print-directory build
	@echo "go test: a line for each package that has ended; the first takes minutes, since all is compiled"
	@if command -v cc >/dev/null; then race=-race; else race=; echo "skipped: the race detector: there is no C compiler"; fi; \
	$(GO) test $$race -timeout 25m -json $(SLOW) ./... | $(GO) run ./internal/test/testsum

# Its client against a real server, people in browsers, and the transform against
# CodeMirror's on fresh vectors.
test-web: build ## Test the page
	@scripts/setup rust node browser firefox || true
	scripts/test-web

# Without the race detector, which allocates. go test -race skips it. Instructions take a
# minute and valgrind, so they are counted only with INSTRUCTIONS=1.
costs-check: ## Hold allocations, and instructions, of hot paths to internal/test/costs: INSTRUCTIONS=1
	@[ -z "$(INSTRUCTIONS)" ] || scripts/setup valgrind
	$(GO) test -count=1 -timeout 30m ./internal/test/costs $(if $(INSTRUCTIONS),-instructions)

costs: ## Rewrite the table that costs-check reads
	@scripts/setup valgrind
	$(GO) test -count=1 -timeout 30m -run TestCosts ./internal/test/costs -instructions -update

# A separate module: see internal/test/history.
test-cluster: ## Break a cluster while people type, and check what they were told
	@scripts/setup rust postgres bus || true
	@cd internal/test/history && $(GO) test -count=1 -short -v -timeout 10m .

lint: ## Check format, vet, static analysis, vulnerabilities, other systems
	scripts/lint

generate: ## Write the page's types and the schema of the protocol
	$(GO) test ./collab/wire -count=1 -run TestGeneratedFiles -update

docs: ## Write docs/cli, docs/configuration.md and generated tables, and man pages to bin/man
	$(GO) test ./cmd/corust -count=1 -run TestReferenceIsCurrent -update-docs -man $(CURDIR)/bin/man
	@if command -v mdbook >/dev/null; then mdbook build docs -d $(CURDIR)/bin/docs; else echo "skipped: the site: there is no mdbook"; fi

# make test-web fails where docs/images/session.txt does not describe the page any more.
screenshots: build ## Take the README's pictures, docs/images
	cd collab/web && npm ci --silent --no-audit --no-fund && node browser/pictures.mjs

hooks: ## Run make quick before each commit of this clone
	printf '#!/bin/sh\nexec make quick\n' >"$$(git rev-parse --git-path hooks)/pre-commit"
	chmod +x "$$(git rev-parse --git-path hooks)/pre-commit"

# Ratios against the peer in the same run: bare rustc, docker run, cargo and node. All of
# it takes half an hour.
bench: bench-runs bench-collab ## Measure everything
	@scripts/load $(LOAD) || echo "load: a target was missed"
	@$(MAKE) --no-print-directory bench-page

bench-runs: build ## Measure what a run costs
	@scripts/setup rust
	$(GO) run ./internal/test/bench $(BENCH)

bench-collab: ## Measure the collaboration core
	@if command -v npm >/dev/null; then (cd collab/ot/vectors && npm ci --silent); fi
	$(GO) run ./internal/test/collabbench

load: build ## Measure what a server carries: sessions, sockets, output
	@scripts/setup rust
	scripts/load $(LOAD)

# RUSTPAD is rustpad-server, HOCUSPOCUS a directory with its modules, NODE a node of version
# 22 or later. A peer that is not given is left out. See internal/test/peers.
bench-peers: build ## Measure a server beside its peers: RUSTPAD=FILE HOCUSPOCUS=DIR NODE=FILE
	$(GO) run ./internal/test/peers -corust $(BIN) -rustpad "$(RUSTPAD)" -hocuspocus "$(HOCUSPOCUS)" -node "$(or $(NODE),node)" $(PEERS)

bench-page: build ## Measure the page: first load, Run to the first byte, a key
	@scripts/setup rust node browser || true
	@if command -v npm >/dev/null && command -v chromium >/dev/null; then cd collab/web && npm ci --silent --no-audit --no-fund && npm run --silent measure; \
	else echo "skipped: the page: there is no npm or no chromium"; fi

# Random schedules, laws, kills, malformed frames and every fuzz target, with fresh seeds.
# CLUSTER is how long a round breaks a whole cluster, at most a minute by default. The
# hostile runs of a round are 300, or as many as ATTACKS says.
nightly: ## Search for failures for a time: make nightly FOR=8h CLUSTER=4h
	@scripts/setup rust race postgres bus || true
	@FOR=$(FOR) CLUSTER=$(CLUSTER) ATTACKS=$(if $(filter-out file,$(origin ATTACKS)),$(ATTACKS)) scripts/nightly

# The machine should have nothing else to do. Each part takes as many runs as ATTACKS
# says, or as many as its time is good for, and says how many those were.
ATTACKS ?= 10000
attacks: build ## Measure what 10,000 hostile runs leave, and what one costs its neighbour
	@scripts/setup rust
	@status=0; \
	for part in native:TestConformance/Neighbour docker:TestConformance/Neighbour \
		native:TestConformance/Mixture native:TestConformance/Floods native:TestFloodsWithoutRoot \
		docker:TestConformance/Floods docker:TestConformance/Mixture; do \
		echo "$$part"; \
		CORUST_TEST_MIXTURE=$(ATTACKS) CORUST_TEST_FLOODS=$(ATTACKS) $(GO) test -count=1 -timeout 4h -v -run "^$${part#*:}$$" ./runner/$${part%%:*} || status=1; \
	done; exit $$status

# Linux 6.1 and control groups of version 2 in an emulated machine, as root. It takes
# hours without KVM=1.
second-kernel: build ## Run the hostile programs on another kernel: KVM=1 if there is KVM
	ATTACK=doctor LIMIT=36000 examples/deploy/vm/run

image: build ## Make the image of docker boxes without a registry, as root
	@scripts/setup bootstrap
	$(BIN) image build --bootstrap=host

crates: build ## Build the default set of crates and run a program for each
	@scripts/setup rust
	crates/testdata/all.sh $(BIN)

programs: build ## Compare programs and their views with plain rustc
	@scripts/setup rust
	$(GO) run ./internal/test/programs -corust $(BIN)
	CORUST_TEST_VIEWS=all $(GO) test -count=1 -timeout 30m -v -run TestConformance/Behaviour/ViewsOfPrograms ./runner/native ./runner/docker

clean: ## Remove what was built
	rm -rf bin
