# Frontdesk. `make help` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/sh
HOME_FOLDER := $(or $(FRONTDESK_HOME),$(shell sed -n 's/^FRONTDESK_HOME=//p' .env 2>/dev/null),var)
# A folder of wheels (a CPU build of torch, say) is used where pip was told of one; uv does not read pip's variable.
FIND_LINKS := $(if $(PIP_FIND_LINKS),$(foreach folder,$(PIP_FIND_LINKS),--find-links $(folder)))
# Tests run side by side, a process more than there are cores; what shares a costly fixture shares a process (tests/side_by_side.py).
PYTEST := .venv/bin/python -m pytest -n auto --maxprocesses 4 --no-loadscope-reorder


.PHONY: help run test setup train lint check bench lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: setup train ## Start everything with the demo business; Ctrl-C stops it
	@FRONTDESK_DEMO=$${FRONTDESK_DEMO:-1} exec .venv/bin/frontdesk up

test: setup train ## Run the whole test suite
	@$(PYTEST)

setup: .venv/.complete .venv-rasa/.complete ## Build both virtualenvs (nothing is started)

train: setup ## Train the assistant, if its data changed
	@.venv/bin/python scripts/train_assistant.py --out $(HOME_FOLDER)/models

lint: setup ## Lint, types and import rules
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

check: lint ## Lint, types, import rules and the fast tests
	@$(PYTEST) -q -m "not slow and not rasa and not browser"

bench: setup train ## Measure: figures beside their peers, in one run
	@.venv/bin/python -m benchmarks

lock: ## Write the exact versions of both virtualenvs
	@.venv/bin/uv pip freeze --python .venv/bin/python | grep -viE '^(-e|torch|uv|pip|setuptools|frontdesk)([ =@]|$$)' > requirements/constraints.txt
	@.venv/bin/uv pip freeze --python .venv-rasa/bin/python > bot/constraints-rasa.txt

clean: ## Remove virtualenvs, caches and models (the database in FRONTDESK_HOME stays)
	rm -rf .venv .venv-rasa .mypy_cache .ruff_cache .pytest_cache $(HOME_FOLDER)/models

.venv/.complete: pyproject.toml requirements/constraints.txt
	@echo "· Product: virtualenv .venv"
	@python=$$(scripts/find_python.sh 3.11) && { [ -x .venv/bin/python ] || "$$python" -m venv .venv; }
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check uv
	@.venv/bin/uv pip install --quiet --python .venv/bin/python $(FIND_LINKS) \
		--constraint requirements/constraints.txt --compile-bytecode --editable '.[dev]'
	@touch $@

.venv-rasa/.complete: bot/requirements-rasa.txt bot/constraints-rasa.txt | .venv/.complete
	@echo "· Assistant: virtualenv .venv-rasa (Python 3.10)"
	@python=$$(scripts/find_python.sh 3.10) && { [ -x .venv-rasa/bin/python ] || .venv/bin/uv venv --quiet --python "$$python" .venv-rasa; }
	@.venv/bin/uv pip install --quiet --python .venv-rasa/bin/python \
		--constraint bot/constraints-rasa.txt --compile-bytecode --requirement bot/requirements-rasa.txt
	@touch $@
