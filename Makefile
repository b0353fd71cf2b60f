# make verify   check every claim, write out/ledger.json and the report
# make test     lint, types and tests
# Both build .venv from scratch when it is missing, and reinstall only after a source changed.

VENV := .venv
OUT := out
CANDIDATES := python3 python3.14 python3.13 python3.12 python3.11
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(firstword $(foreach p,$(CANDIDATES),$(shell $(p) -c '$(NEW_ENOUGH)' 2>/dev/null \
            && echo $(p))) python3)
SOURCES := $(shell find overspec proofs verify reports -name '*.py' -o -path '*/templates/*' \
             -type f) pyproject.toml README.md LICENSE
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --quiet

.PHONY: verify test clean
.NOTPARALLEL: # both targets install into one environment

verify: $(VENV)/installed-report
	@$(VENV)/bin/overspec verify --out $(OUT); code=$$?; \
	  test -f $(OUT)/ledger.json || exit $$code; \
	  $(VENV)/bin/overspec report --ledger $(OUT)/ledger.json --out $(OUT) || exit $$?; \
	  echo "ledger: $(OUT)/ledger.json"; exit $$code

test: $(VENV)/installed-test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/pytest -n 2

clean:
	rm -rf $(VENV) $(OUT) build *.egg-info

# The wheel, not an editable install: what users get is what is verified and tested. A build/
# left over from an earlier build would put deleted modules into the new wheel.
$(VENV)/installed-%: $(VENV)/created $(SOURCES)
	@echo "installing overspec[$*] into $(VENV)"
	@rm -rf build
	@$(PIP) install ".[$*]"
	@rm -rf build
	@touch $@

$(VENV)/created:
	@$(PYTHON) -c '$(NEW_ENOUGH)' || { \
	  echo "overspec needs Python 3.11 or newer, but $(PYTHON) is: $$($(PYTHON) --version 2>&1)."; \
	  echo "Name a newer one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@
