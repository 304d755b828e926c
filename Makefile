# The commands of the project; `make help` lists them. Each sets up what it needs first.

PYTHON ?= python3
VENV := .venv/bin

# What `check --deploy` and `collectstatic` see: production's settings with stand-in values.
PRODUCTION := env -u REDIS_URL DEBUG=false SECRET_KEY=$$($(VENV)/python -c 'import secrets; print(secrets.token_urlsafe(64))') \
	ALLOWED_HOSTS=qmm.example.gov CSRF_TRUSTED_ORIGINS=https://qmm.example.gov \
	DATABASE_URL=postgres://qmm@127.0.0.1/qmm

.DEFAULT_GOAL := help
.PHONY: help demo test check lint drill bench audit coverage pins dev

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 18

demo: ## run the demonstration on http://localhost:PORT/ (PORT=8000)
	@exec $(PYTHON) -m deploy.demo

dev:
	@$(PYTHON) -m deploy.setup requirements/dev.txt

test: dev ## run every test: SQLite, PostgreSQL, Redis, browser, as far as they are here
	@exec $(VENV)/python -m tests.legs

check: dev ## run the tests on SQLite without a browser and without the thorough ones
	@exec $(VENV)/python -m tests.legs --quick

lint: dev ## check style, imports, types, templates, migrations and deployment settings
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/lint-imports
	$(VENV)/mypy
	$(VENV)/djlint templates --lint --quiet
	$(VENV)/bandit --quiet --recursive --severity-level medium --confidence-level medium \
		--configfile pyproject.toml manage.py qmm_pilot applications metrics assessments deploy
	$(VENV)/python manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(VENV)/python manage.py check --deploy --fail-level WARNING

drill: dev ## overshoot the cap of nine, take away every guard; writes var/drill.json
	$(VENV)/python -m tests.faults

bench: dev ## measure the figures of speed, each beside its floor; writes var/bench.json
	$(VENV)/python -m tests.benchmarks

audit: dev ## let an HTML checker and Lighthouse examine the pages; writes var/audit.json
	$(VENV)/python -m tests.audit

coverage: dev ## show which lines the tests on SQLite do not reach
	$(VENV)/pytest -m "not browser" --cov --cov-report=term

pins: dev ## compile requirements/*.in anew into pins with hashes and no addresses (needs uv)
	for name in base dev; do \
		uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
			--no-emit-index-url --no-strip-extras --upgrade requirements/$$name.in --output-file requirements/$$name.txt; \
	done
