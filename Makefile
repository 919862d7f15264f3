# make serve   build what is missing, then the page, and serve it on http://127.0.0.1:8080
# make dev     the page with reload on each change
# make test    all checks and tests
SHELL := /bin/bash
native := cargo build --profile native --quiet -p layerlab-cli
page_sources := $(shell find src static web crates/engine/src crates/worker/src index.html Trunk.toml Cargo.toml Cargo.lock crates/engine/Cargo.toml crates/worker/Cargo.toml \
	-type f -not -path '*/node_modules/*' -not -path 'web/generated/*' 2>/dev/null)

# A page over its budget is not there.
.DELETE_ON_ERROR:
.PHONY: serve dev setup page test lint unit browser bench fuzz screenshot clean

serve: page
	$(native)
	./target/native/layerlab serve --dist dist

dev: setup
	. .tools/env && (cd web && node build.mjs) && env -u NO_COLOR trunk serve --offline

setup:
	@scripts/setup.sh

page: setup dist/index.html

dist/index.html: $(page_sources)
	scripts/build-page.sh

test: lint unit browser

lint:
	cargo fmt --all --check
	cargo clippy --quiet --workspace --all-targets -- -D warnings

unit:
	scripts/engine.sh cargo test --quiet --workspace

browser:
	@scripts/setup.sh --browser
	@$(MAKE) --no-print-directory dist/index.html
	$(native)
	cd web && ../scripts/engine.sh node --test --test-concurrency=1 --test-timeout=900000 ../tests/browser/*.test.mjs

bench:
	cargo bench -p layerlab-engine

fuzz:
	scripts/fuzz.sh

screenshot: page
	$(native)
	node tests/browser/screenshot.mjs docs/screenshot.png

clean:
	rm -rf dist target target-wasm web/generated
