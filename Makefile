# Two commands are all a newcomer needs: make demo, make test.

GO      ?= go
BIN     := .build/bin
VERSION := $(shell git describe --always --dirty 2>/dev/null || echo devel)
LDFLAGS := -X main.version=$(VERSION)
# The flags are those of a plain go build, of node/devnet and of the demo, so that
# nothing is compiled twice. -buildvcs=false: a clone without history, or another's, builds too.
GOFLAGS += -buildvcs=false
export GOFLAGS

.PHONY: all build daemons demo devnet test vet bench bench-trust mutate fuzz generate clean

all: build

## build: econd, econctl, econsim and econaudit into .build/bin
build:
	@mkdir -p $(BIN)
	@echo "building econd, econctl, econsim, econaudit; the first time this takes minutes"
	$(GO) build -ldflags '$(LDFLAGS)' -o $(BIN)/ ./cmd/...

## daemons: real btcd, lnd, lncli and aperture, from the tool lines of go.mod
daemons:
	@echo "building what builds the daemons"
	$(GO) run ./node/devnet/demo -build

## demo: a whole economy on this machine: starts it, plays the story, checks every step
demo: build
	@echo "building the demo; the first time this takes minutes"
	$(GO) run ./node/devnet/demo

## devnet: the same set-up, left running until Ctrl-C
devnet: build
	@echo "building the devnet; the first time this takes minutes"
	$(GO) run ./node/devnet/demo -devnet

## vet: format and static checks
vet:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then \
		echo "not gofmt-ed:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...

## test: every test there is, the ones on the real network included
test: vet build daemons
	$(GO) test -p 1 -timeout 40m ./...

## bench: speed, as ratios measured side by side in one run
bench:
	$(GO) test -run '^$$' -bench . -benchtime 1s -timeout 60m ./l402 ./node/balances ./voting ./reputation ./node/ballotstore ./node/ledger ./node/sim ./node/sim/crowd ./node/httpapi ./node/audit

## bench-trust: scores on the Bitcoin OTC trust network (DATA=folder)
DATA ?= data
bench-trust: build
	$(BIN)/econsim bench-trust --data $(DATA)

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
