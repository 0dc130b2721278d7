# Everything one runs here: `make demo`, `make test`, `make bench`; `make help` names the rest.
# It needs Python >= 3.10, a Rust toolchain and a C compiler. All else is installed, from pyproject.toml, into .venv.

PYTHON ?= python3
VENV := .venv
BENCH := .venv-bench
SDKS := .venv-sdks
LTS := Django>=5.2,<6
NEWEST := Django>=6.0,<7
# Environments that hold the wheel and never see the checkout's sources.
ROOMS ?= $(HOME)/.cache/hookseal/$(shell printf %s '$(CURDIR)' | cksum | cut -d' ' -f1)

RUST := Cargo.toml Cargo.lock $(wildcard build.rs) $(shell find src -type f)
PACKAGE := pyproject.toml README.md LICENSE $(shell find python -type f -not -name '*.pyc' -not -name '*.so')

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYO3_PYTHON := $(CURDIR)/$(VENV)/bin/python
# A wheel carries no time of its building, so that the same sources give the same bytes.
export SOURCE_DATE_EPOCH := 315532800
say = @printf '\n== %s  %s\n' "$$(date +%T)"

.PHONY: help demo test bench fuzz lint format dev wheel quick test-rust test-constant-time test-build test-servers test-anymail test-stores test-sdks test-wheel test-newest docs screenshots clean
ifndef AT_ONCE
.NOTPARALLEL:
endif
.DEFAULT_GOAL := help

help: ## name the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(VENV)/.demo $(VENV)/.engine ## run the example site and send it genuine and forged deliveries (ARGS=--check: no prompt, then stop)
	$(VENV)/bin/python examples/demo.py $(ARGS)

test: test-rust test-constant-time lint dist/.built ## prove everything, as the gate does
	$(say) 'at once: the wheel in both clean environments, and once more from nothing'
	@$(MAKE) --no-print-directory --jobs $(filter --output-sync,$(.FEATURES:%=--%)) AT_ONCE=yes test-wheel test-newest test-build
	$(say) 'all of it holds'
	@$(if $(VALGRIND),:,echo '$(NO_VALGRIND)')
	@$(if $(NEWER),:,echo '$(NO_NEWER)')

bench: $(BENCH)/.installed ## measure against the official SDKs (ARGS=--short, --gate)
	$(BENCH)/bin/python -m benches $(ARGS)

lint: $(VENV)/.dev $(VENV)/.engine ## formatters, linters, types, the engine's stub
	$(say) 'format, lint and types'
	cargo fmt --check
	cargo clippy --locked --quiet --all-targets --all-features -- -D warnings
	$(VENV)/bin/ruff format --check --quiet
	$(VENV)/bin/ruff check --quiet
	$(VENV)/bin/python -m mypy
	$(VENV)/bin/python -m mypy.stubtest --mypy-config-file pyproject.toml hookseal._engine

format: $(VENV)/.dev ## put every file in the house's form
	cargo fmt
	$(VENV)/bin/ruff check --quiet --fix-only
	$(VENV)/bin/ruff format --quiet

dev: $(VENV)/.dev $(VENV)/.engine ## build the engine into .venv

wheel: dist/.built ## build the release wheel into dist/

quick: dev ## the Python tests against the checkout, without a wheel (ARGS='-k stale')
	$(VENV)/bin/python -m pytest $(ARGS)

test-rust: $(VENV)/.dev ## the engine's own tests, without Python
	$(say) 'the engine alone'
	cargo test --locked --quiet

VALGRIND := $(and $(shell command -v valgrind),$(filter Linux-x86_64,$(shell uname -sm | tr ' ' -)))
NO_VALGRIND := SKIPPED: the constant-time check, which needs valgrind on x86-64 Linux (apt-get install valgrind)

test-constant-time: ## under valgrind: no branch and no index depends on a secret
ifeq ($(VALGRIND),)
	@echo '$(NO_VALGRIND)'
else
	$(say) 'no branch depends on a secret'
	@# In a folder of its own: a cdylib's file bears no hash, so the engine without Python would take the place of the one with.
	cargo build --locked --quiet --release --manifest-path tests/constant_time/Cargo.toml --target-dir target/constant-time
	@for mode in equal scan credentials hex; do \
		valgrind -q --error-exitcode=9 target/constant-time/release/constant-time $$mode || exit; echo "$$mode: nothing"; done
	@valgrind -q --error-exitcode=9 target/constant-time/release/constant-time naive 2>/dev/null; \
		test $$? = 9 && echo 'naive, the control: caught'
endif

HOST := $(shell rustc -vV 2>/dev/null | sed -n 's/^host: //p')
SECONDS ?= 60
# What cargo-fuzz passes, but for the sanitizer of addresses: the engine has no unsafe code. `--target` keeps it off build scripts.
FUZZ_FLAGS := -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
	-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing

fuzz: ## libFuzzer over the engine, from the vectors on: SECONDS=60 for each target; it keeps what it finds
	RUSTFLAGS='$(FUZZ_FLAGS)' cargo build --locked --release --manifest-path fuzz/Cargo.toml --target $(HOST) --target-dir target/fuzz
	$(PYTHON) fuzz/seeds.py target/fuzz/corpus
	@mkdir -p target/fuzz/found
	@for target in deliveries messages json forms; do \
		target/fuzz/$(HOST)/release/$$target -max_total_time=$(SECONDS) -timeout=5 -max_len=16384 -print_final_stats=1 \
			-artifact_prefix=target/fuzz/found/$$target- target/fuzz/corpus/$$target >target/fuzz/$$target.log 2>&1; code=$$?; \
		echo "== $$target"; tail -8 target/fuzz/$$target.log; test $$code = 0 || exit $$code; done

test-build: dist/.built ## the wheel again from nothing, equal byte for byte; the sdist holds the repository
	$(say) 'the wheel again, and the sdist'
	@rm -rf build/again build/sdist build/target
	$(VENV)/bin/maturin build --quiet --release --locked --out build/again --target-dir build/target
	cmp dist/*.whl build/again/*.whl
	$(VENV)/bin/maturin sdist --out build/sdist >/dev/null 2>&1
	@tar -tzf build/sdist/*.tar.gz | sed 's,^[^/]*/,,' | grep -v '^PKG-INFO$$' | sort >build/packed
	@git ls-files --cached --others --exclude-standard | sort | diff - build/packed
	@rm -r build/target

test-servers: dev ## only the tests that start gunicorn and uvicorn
	$(VENV)/bin/python -m pytest -m servers $(ARGS)

test-anymail: dev ## 1,800 malformed requests, and as many compared with Anymail, for each ESP
	HOOKSEAL_EXAMPLES=360 $(VENV)/bin/python -m pytest tests/test_anymail_totality.py tests/test_anymail_differential.py $(ARGS)

# An hour on two cores: 64,000 senders and 2,000 killed workers for each store, its server killed 25 times, every schedule.
test-stores: dev ## the proofs of the replay stores in full, with figures; `test` makes them on a few deliveries
	HOOKSEAL_COUNTS=full $(VENV)/bin/python -m pytest -o log_cli=true --log-cli-level=INFO \
		tests/test_stores_*.py tests/test_schedules.py $(ARGS)

test-sdks: dist/.built ## the official SDKs, large ones too, in an environment of their own
	$(PYTHON) -m venv $(SDKS)
	$(SDKS)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(SDKS)/bin/python -m pip install --quiet --group test --group sdks '$(LTS)'
	$(SDKS)/bin/python -m pip install --quiet --force-reinstall --no-deps dist/*.whl
	HOOKSEAL_WHEEL="$$(echo dist/*.whl)" $(SDKS)/bin/python -m pytest tests/test_sdks.py $(ARGS)

test-wheel: dist/.built ## the wheel in a clean environment: this Python, Django LTS
	$(say) 'the wheel, $(shell $(PYTHON) --version), $(LTS)'
	$(call prove,$(PYTHON),lts,$(LTS))

# A standard build of CPython 3.12 or newer, which Django 6 needs: $(PYTHON) itself, one on PATH, or one of pyenv's.
NEWER := $(shell for python in '$(PYTHON)' python3.15 python3.14 python3.13 python3.12 \
	$$(ls -d $${PYENV_ROOT:-$$HOME/.pyenv}/versions/3.1[2-9]*/bin/python 2>/dev/null | sort -rV); do \
	"$$python" -c 'import ensurepip, sys, sysconfig as s; \
	sys.exit(sys.version_info < (3, 12) or bool(s.get_config_var("Py_GIL_DISABLED")))' 2>/dev/null \
	&& echo "$$python" && break; done)
NO_NEWER := SKIPPED: Django 6, because no CPython 3.12 or newer was found. Install one \
	(pyenv install 3.13, or apt-get install python3.13-venv) or name it: make test PYTHON=/path/to/python3.13

test-newest: dist/.built ## the same wheel: a newer Python, Django 6
ifdef NEWER
	$(say) 'the same wheel, $(shell $(NEWER) --version), $(NEWEST)'
	$(call prove,$(NEWER),newest,$(NEWEST))
else
	@echo '$(NO_NEWER)'
endif

docs: dev ## write the pages that are made from the catalog
	$(VENV)/bin/python docs/generate.py --write

screenshots: dev ## take the pictures of the inspector that the pages show, with the system's Chromium
	$(VENV)/bin/python docs/screenshots.py

clean: ## remove what the other targets made, cargo's target folder excepted
	rm -rf $(VENV) $(BENCH) $(SDKS) dist build '$(ROOMS)'

# Install the built wheel and nothing of the checkout, then run the Python tests. 1: interpreter, 2: room, 3: Django.
define prove
	$(1) -m venv --clear '$(ROOMS)/$(2)'
	'$(ROOMS)/$(2)/bin/python' -m pip install --quiet --upgrade 'pip>=25.1'
	'$(ROOMS)/$(2)/bin/python' -m pip install --quiet --no-compile --group test '$(3)' dist/*.whl
	HOOKSEAL_WHEEL="$$(echo dist/*.whl)" '$(ROOMS)/$(2)/bin/python' -m pytest --hypothesis-profile=ci
endef

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python >= 3.10 is needed: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'

$(VENV)/.demo $(VENV)/.dev: $(VENV)/.%: pyproject.toml | $(VENV)/bin/pip
	$(VENV)/bin/python -m pip install --quiet --no-compile --group $* '$(LTS)'
	@touch $@

$(VENV)/.engine: $(RUST) pyproject.toml | $(VENV)/.demo
	$(say) 'build the engine'
	@# Without a group, maturin installs `dev`, of which the demo needs little.
	VIRTUAL_ENV=$(VENV) $(VENV)/bin/maturin develop --quiet --release --locked --group build
	@touch $@

dist/.built: $(RUST) $(PACKAGE) | $(VENV)/.demo
	$(say) 'build the wheel'
	rm -rf dist
	$(VENV)/bin/maturin build --quiet --release --locked --out dist
	@touch $@

$(BENCH)/.installed: $(RUST) $(PACKAGE) | $(VENV)/.demo
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	rm -rf build/bench
	$(VENV)/bin/maturin build --quiet --release --locked --features bench --out build/bench
	$(BENCH)/bin/python -m pip install --quiet --group bench '$(LTS)'
	$(BENCH)/bin/python -m pip install --quiet --force-reinstall --no-deps build/bench/*.whl
	@touch $@
