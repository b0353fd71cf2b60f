# make verify    check every claim, write out/ledger.json and the report
# make test      lint, types and tests
# make test-all  every test, the slow ones too, but for what make readme runs
# make kernels   numeric tests, ledger and experiments on every kernel of this processor: hours;
#                KERNELS="--only unset,Haswell --parts tests" for some (tests/kernels/run.py --help)
# make mutate-statements  alters each printed theorem; its check must reject every alteration
# make forgeries  changes certificates of every kind, 500 times each: both checkers must prove none
#                that is false
# make fuzz      coverage-guided fuzzing of every reader, a minute each (atheris, Linux);
#                FUZZ="claims data --seconds 3600" for some, and longer
# make readme    every command of the README and of the pages as printed, in order, from an empty
#                environment
# make types     pyright, a second opinion on the types; fetches node the first time
# make docs      the pages, into out/docs; a warning is an error
# make lowest    the quick tests with the lowest versions that pyproject.toml admits
# make pythons   the quick tests on every Python from 3.11 on that is at hand
# All build .venv from scratch when it is missing, and reinstall only after a source changed.

VENV := .venv
OUT := out
CANDIDATES := python3 python3.14 python3.13 python3.12 python3.11
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(firstword $(foreach p,$(CANDIDATES),$(shell $(p) -c '$(NEW_ENOUGH)' 2>/dev/null \
            && echo $(p))) python3)
SOURCES := $(shell find overspec proofs verify reports -name '*.py' -o -name '*.js' -o -name '*.json' \
             -o -path '*/templates/*' \
             -type f) pyproject.toml README.md LICENSE
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --quiet
# Takes seconds where pip takes a minute; where it finds no index (it reads none of pip's settings),
# pip does it.
UV := UV_SYSTEM_CERTS=1 $(VENV)/bin/uv pip install --quiet --python $(VENV)/bin/python \
        --reinstall-package overspec

.PHONY: mutate-statements forgeries fuzz verify test test-all style lint types readme docs kernels lowest pythons clean
.NOTPARALLEL: # the targets install into one environment

verify: $(VENV)/installed-report
	@$(VENV)/bin/overspec verify --out $(OUT); code=$$?; \
	  test -f $(OUT)/ledger.json || exit $$code; \
	  $(VENV)/bin/overspec report --ledger $(OUT)/ledger.json --out $(OUT) || exit $$?; \
	  echo "ledger: $(OUT)/ledger.json"; exit $$code

# by file: what takes long is made once a file (groups by mark need a pytest before 9.2);
# types beside: mypy uses one core alone
test: style
	@mkdir -p $(OUT); $(VENV)/bin/mypy >$(OUT)/mypy.txt 2>&1 & types=$$!; \
	  $(VENV)/bin/pytest -n 2 --dist loadfile; code=$$?; \
	  wait $$types || code=$$?; cat $(OUT)/mypy.txt; exit $$code

# not by file: some hold minutes of work, and the last would go on alone
test-all: lint
	$(VENV)/bin/pytest -n 2 --dist worksteal -m "not readme"

mutate-statements: $(VENV)/installed-test
	$(VENV)/bin/python tests/mutation/statements.py

forgeries: $(VENV)/installed-test
	$(VENV)/bin/python tests/forged.py 500

fuzz: $(VENV)/installed-test
	@$(PIP) install "atheris>=3"
	$(VENV)/bin/python tests/fuzz/run.py $(FUZZ)

style: $(VENV)/installed-test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

lint: style
	$(VENV)/bin/mypy

types: $(VENV)/installed-test $(VENV)/bin/pyright
	$(VENV)/bin/pyright --pythonpath $(VENV)/bin/python

kernels: $(VENV)/installed-test
	$(VENV)/bin/python tests/kernels/run.py $(KERNELS)

# the README's commands take longest, one after the other: they begin first
readme: $(VENV)/installed-test
	$(VENV)/bin/pytest -n 2 --dist worksteal -m readme \
	  tests/house/test_readme.py tests/house/test_docs_commands.py

docs: $(VENV)/installed-docs
	$(VENV)/bin/sphinx-build -q -E -W --keep-going -d $(OUT)/doctrees docs $(OUT)/docs
	@echo "pages: $(OUT)/docs/index.html"

lowest pythons: $(VENV)/bin/uv
	$(VENV)/bin/python .ci/rooms.py $@

clean:
	rm -rf $(VENV) $(OUT) build *.egg-info

# The wheel, not an editable install: what users get is what is verified and tested. A build/
# left over from an earlier build would put deleted modules into the new wheel.
$(VENV)/installed-%: $(VENV)/created $(SOURCES) | $(VENV)/bin/uv
	@echo "installing overspec[$*] into $(VENV)"
	@rm -rf build
	@$(UV) ".[$*]" || $(PIP) install ".[$*]"
	@rm -rf build
	@touch $@

$(VENV)/bin/uv: | $(VENV)/created
	-@$(PIP) install "uv>=0.13"

$(VENV)/bin/pyright: | $(VENV)/created
	@$(PIP) install "pyright>=1.1.400"

$(VENV)/created:
	@$(PYTHON) -c '$(NEW_ENOUGH)' || { \
	  echo "overspec needs Python 3.11 or newer, but $(PYTHON) is: $$($(PYTHON) --version 2>&1)."; \
	  echo "Name a newer one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@
