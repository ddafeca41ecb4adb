# Two commands do everything on a fresh machine with Go, gcc and Node:
#   make demo    the whole journey on simulated data, ends with incidents
#   make test    every test
SHELL := /bin/bash
.DEFAULT_GOAL := build

GO            ?= go
BUILD         := build
VERSION       ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS       := -X main.version=$(VERSION)
LINT_VERSION  := v2.15.0
LINT          := $(BUILD)/tools/golangci-lint-$(LINT_VERSION)
FUZZTIME      ?= 30s
COUNT         ?= 6
ORACLE        := $(abspath $(BUILD))/oracle
ORACLE_VERSION := 12.4.1
CLIENTS       := $(abspath $(BUILD))/clients
KILL_ROUNDS   ?= 200
SOAK          ?= 12m
ORDER         ?= 200000

.PHONY: build demo test race test-oracle test-clients lint fuzz bench cover golden kill order soak clean

build: ## build/nephoscope
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BUILD)/nephoscope ./cmd/nephoscope

demo: build ## sample company, end to end, no cloud
	$(BUILD)/nephoscope demo --once

test: ## all tests
	$(GO) test ./...

race: ## all tests under the race detector
	$(GO) test -race -timeout 20m ./...

test-oracle: $(ORACLE)/node_modules ## KQL against Microsoft's parser and binder; UPDATE=1 rewrites the page
	NEPHOSCOPE_ORACLE=$(ORACLE) $(GO) test -count 1 -v ./internal/kql/oracle $(if $(UPDATE),-update)

$(ORACLE)/node_modules:
	mkdir -p $(ORACLE)
	npm install --prefix $(ORACLE) --no-save --no-audit --no-fund --ignore-scripts @kusto/language-service-next@$(ORACLE_VERSION)

test-clients: $(CLIENTS)/node_modules ## the hub against the official JavaScript and Python clients
	NEPHOSCOPE_CLIENTS=$(CLIENTS) $(GO) test -count 1 -timeout 20m -v -run 'TestJavaScriptClient|TestPythonClient' ./internal/hub

$(CLIENTS)/node_modules: internal/hub/testdata/clients/package.json
	mkdir -p $(CLIENTS)
	cp $< $(CLIENTS)/package.json
	npm install --prefix $(CLIENTS) --no-audit --no-fund --ignore-scripts
	touch $@

lint: $(LINT) ## style and walls
	$(LINT) run ./...
	$(GO) mod tidy -diff

$(LINT):
	mkdir -p $(BUILD)/tools
	GOBIN=$(abspath $(BUILD))/tools $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv $(BUILD)/tools/golangci-lint $@

fuzz: ## every fuzz target for FUZZTIME each
	@set -e; for pkg in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "== $$pkg $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$pkg; \
	  done; \
	done

bench: ## benchmarks of the hot paths, COUNT runs each, for benchstat
	$(GO) test -run '^$$' -bench . -benchmem -count $(COUNT) ./... | tee $(BUILD)/bench.txt

kill: ## the kill -9 loops at full length
	NEPHOSCOPE_KILL_ROUNDS=$(KILL_ROUNDS) $(GO) test -count 1 -timeout 60m -run Kill -v ./...

order: ## the same alerts from ORDER events in any order and delay
	NEPHOSCOPE_ORDER_EVENTS=$(ORDER) $(GO) test -count 1 -timeout 180m -run AnyDelivery -v ./internal/detect

soak: ## a day of the hub and its source by a fast clock, in SOAK
	NEPHOSCOPE_SOAK=$(SOAK) $(GO) test -count 1 -timeout 60m -run Soak -v ./internal/hub

cover: ## coverage by function
	$(GO) test -coverprofile coverage.out ./...
	$(GO) tool cover -func coverage.out | tail -1

golden: ## rewrite golden files and generated pages; read the diff
	$(GO) test $$(grep -rl 'flag.Bool("update"' --include='*_test.go' internal | xargs -n1 dirname | sort -u | sed 's|^|./|') -update

clean:
	rm -rf $(BUILD) coverage.out
