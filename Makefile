# Two commands matter to a newcomer: `make demo` and `make test`.

# Build output lies in a cache outside the clone, so that a second clone builds in seconds.
export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/trail365/target
SAMPLES ?= ../shared/samples
PREFIX ?= /usr/local
TRAIL365 := $(CARGO_TARGET_DIR)/debug/trail365

.PHONY: demo test conformance simulate bench build install ui parts clean

# An emulated tenant, collected, stored, served; ONCE=1 does one pass, prints its results and ends.
demo: build
	$(TRAIL365) demo $(if $(ONCE),--once)

# What runs in development: all crates at opt-level 1.
build: ui
	cargo build --workspace

# The web page, which the binary embeds.
ui: ui/dist/index.html
ui/dist/index.html: $(shell find ui/src ui/public -type f 2>/dev/null) ui/index.html ui/package-lock.json
	scripts/need-tools
	cd ui && npm ci --no-audit --no-fund --loglevel=error && npm run build --silent
	touch $@

# Installs what the tests need, then checks formatting, lints, and runs every test.
test: parts ui
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- --deny warnings
	cargo build --workspace
	cargo test --workspace
	cd ui && npm run check --silent && npm test --silent
	scripts/test-page

parts:
	scripts/install-parts

# Imports every audit file of the samples and compares what came with their README.
conformance: build
	scripts/conformance.mjs $(SAMPLES)

# Collector and emulator on a seeded clock, network and disk: SEEDS=n runs so many days, FIRST=k from
# that seed on, SEED=k replays one and prints what happened.
simulate: ui
	SEEDS=$(SEEDS) FIRST=$(FIRST) SEED=$(SEED) cargo test --workspace --test simulation -- --nocapture

# Prints figures of import and search beside DuckDB. RECORDS=1000000 by default.
bench: ui
	cargo build --workspace --release
	benches/run $(RECORDS)

install: ui
	cargo build --release --package trail365
	install -D $(CARGO_TARGET_DIR)/release/trail365 $(DESTDIR)$(PREFIX)/bin/trail365

clean:
	rm -rf ui/dist ui/node_modules
	cargo clean
