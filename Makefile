# Two commands are all a newcomer needs: make demo, make test.

GO      ?= go
BIN     := .build/bin
# The flags are those of a plain go build, of node/devnet and of the demo, so that nothing is
# compiled twice; the stamp is the linker's. Only the five packages of lnrpc that lnd's tags
# switch on are compiled once for econd and once for lnd, of which econd has no use for the
# servers. -buildvcs=false: a clone without history, or another's, builds too.
LDFLAGS := $(shell sh node/devnet/stamp.sh)
GOFLAGS += -buildvcs=false
export GOFLAGS
# Says on standard error, within two seconds and then every ten, what is done and for how long.
PROGRESS := sh node/devnet/progress.sh

.PHONY: all build daemons demo devnet man test test-foreign test-clients test-js vet lint lint-tools staticcheck staticcheck-tool vuln crash-test bench bench-trust gallery history mutate fuzz generate clean

all: build

## build: econd, econctl, econsim and econaudit into .build/bin, and the demo
build:
	@mkdir -p $(BIN)
	@$(PROGRESS) "building econd, econctl, econsim, econaudit and the demo" \
		$(GO) build -v -ldflags "$(LDFLAGS)" -o $(BIN)/ ./cmd/... ./node/devnet/demo

## daemons: real btcd, lnd, lncli and aperture, from the tool lines of go.mod
daemons: build
	@$(BIN)/demo -build

## demo: a whole economy on this machine: starts it, plays the story, checks every step
demo: build
	@$(BIN)/demo

## devnet: the same set-up, left running until Ctrl-C
devnet: build
	@$(BIN)/demo -devnet

## man: the man pages of all programs into .build/man, from the texts of their help
man: build
	@rm -rf .build/man
	@for p in econd econctl econsim econaudit; do \
		SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct 2>/dev/null || echo 0) $(BIN)/$$p man --dir .build/man/man1 || exit 1; done
	@echo "written; read one with: man -M .build/man econctl-vote"

## vet: format and static checks
vet:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then \
		echo "not gofmt-ed:"; echo "$$unformatted"; exit 1; fi
	@$(PROGRESS) "go vet" $(GO) vet -v ./...
	@$(PROGRESS) "go vet of the tests that need other programs" $(GO) vet -tags clients ./docs/clients ./node/devnet/demo

## lint: the checks beyond vet that .revive.toml lists
lint: lint-tools
	@$(PROGRESS) "revive" $(TOOLS)/revive -config .revive.toml -formatter plain ./...

# The linters are built by themselves: their dependencies are none of this module's.
TOOLS := .build/tools
lint-tools:
	@$(PROGRESS) "building the linters" env GOBIN=$(CURDIR)/$(TOOLS) $(GO) install github.com/mgechev/revive@v1.17.0

## staticcheck: bugs and unused code, with all dependencies' types; minutes and more than 1 GB
staticcheck: staticcheck-tool
	@$(PROGRESS) "staticcheck" $(TOOLS)/staticcheck ./...

staticcheck-tool:
	@$(PROGRESS) "building staticcheck" env GOBIN=$(CURDIR)/$(TOOLS) $(GO) install honnef.co/go/tools/cmd/staticcheck@v0.8.2

## vuln: known vulnerabilities of what is called here; needs https://vuln.go.dev
vuln:
	$(GO) run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./...

## test: every test in Go, the ones on the real network included
test: daemons vet test-foreign
	@$(PROGRESS) "go test" $(GO) test -p 1 -timeout 40m ./...

## test-foreign: other people's witnesses against econd's; a module of its own, so that what they stand on is not econd's
test-foreign:
	@cd node/witness/foreign && GOWORK=off $(GO) vet . && GOWORK=off $(GO) test -timeout 10m .

## crash-test: wallets killed at any step, ten callers at once, lost answers, stuck payments, a clock that jumps; writes the table of docs/wallets.md
crash-test:
	@$(PROGRESS) "crash-test" $(GO) test -count 1 -timeout 60m ./node/crashtest -args -long -update

## test-clients: the programs of docs/clients and docs/agents in other languages; needs node, npm and python3
test-clients: daemons
	@command -v node >/dev/null && command -v npm >/dev/null && command -v python3 >/dev/null || \
		{ echo "test-clients needs node, npm and python3"; exit 2; }
	@if command -v promtool >/dev/null; then promtool check rules docs/alerts.yaml; \
		else echo "no promtool: docs/alerts.yaml is checked by names alone, in make test"; fi
	$(GO) test -count 1 -tags clients -timeout 15m ./docs/clients/...
	$(GO) test -count 1 -tags clients ./docs/agents/...
	npm ci --prefix docs/agents --no-audit --no-fund
	$(GO) test -count 1 -tags clients -timeout 20m -run '^TestAgents' ./node/devnet/demo

## test-js: the programs in JavaScript alone; needs node and npm
test-js: daemons
	@command -v node >/dev/null && command -v npm >/dev/null || { echo "test-js needs node and npm"; exit 2; }
	$(GO) test -count 1 -tags clients -timeout 15m ./docs/clients/...
	$(GO) test -count 1 -tags clients -run JavaScript ./docs/agents
	npm ci --prefix docs/agents --no-audit --no-fund
	$(GO) test -count 1 -tags clients -timeout 20m -run '^TestAgentsInOtherLanguages$$/^node$$' ./node/devnet/demo

## bench: speed, as ratios measured side by side in one run
bench:
	$(GO) test -run '^$$' -bench . -benchtime 1s -timeout 60m ./l402 ./node/bolt11 ./node/balances ./voting ./reputation ./node/ballotstore ./node/ledger ./node/sim ./node/sim/crowd ./node/httpapi ./node/audit

## bench-trust: scores on the Bitcoin OTC trust network (DATA=folder)
DATA ?= data
bench-trust: build
	$(BIN)/econsim bench-trust --data $(DATA)

## gallery: play the scenarios of docs/simulations anew and take over their pictures (GALLERY_S=900 seconds for each at most)
GALLERY_S ?= 900
gallery: build
	@set -e; began=$$(date +%s); for x in whale:even-chance sybil-split:even-chance delegation-capture:even-chance \
		veto:vetoed spam:bad_opened timelock:attack_success; do \
		name=$${x%%:*}; rm -rf .build/gallery/$$name; \
		echo "== $$name, after $$(($$(date +%s) - began)) s"; \
		timeout $(GALLERY_S) $(BIN)/econsim run docs/simulations/$$name.yaml --out .build/gallery/$$name || \
			{ echo "gallery: $$name failed, or took more than $(GALLERY_S) s (GALLERY_S=$(GALLERY_S))"; exit 1; }; \
		cp .build/gallery/$$name/plot-$${x##*:}.svg docs/simulations/img/$$name.svg; done; \
	echo "all pictures in docs/simulations/img, after $$(($$(date +%s) - began)) s"

## history: the scenarios' logs as they stand, to be replayed for ever (NAME=2026-11); see node/audit/testdata/history
history:
	@test -n "$(NAME)" || { echo "name the history: make history NAME=YEAR-MONTH"; exit 2; }
	mkdir node/audit/testdata/history/$(NAME)
	$(GO) test ./node/ledger -count 1 -run '^TestScenarios$$' -args -history $(CURDIR)/node/audit/testdata/history/$(NAME)
	$(GO) test ./node/audit -count 1 -run '^TestKeepHistory$$' -args -keep-history testdata/history/$(NAME)

## mutate: flip every threshold comparison and see a test fail
mutate:
	$(GO) run ./voting/internal/mutate

## fuzz: every fuzz target for a while (FUZZTIME=10s)
FUZZTIME ?= 10s
fuzz:
	@for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "== $$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
		done; done

## generate: everything generated, anew
generate:
	$(GO) run ./proto/gen
	$(GO) generate ./...

clean:
	rm -rf .build
