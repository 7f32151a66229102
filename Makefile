# make run    the app on http://127.0.0.1:8501, with all that it needs
# make test   all checks and tests, with all that they need, a browser and tesseract included
# make lint   the checks alone
# make bench  all measurements, then their plots and tables (hours); goes on where it was cut off
# make audit  asks PyPI for known faults of all that is installed (ARGS="-s osv" asks OSV); needs a network
# make clean  removes the virtual environment and caches; never what is in vectorstore/

SHELL := /bin/sh
.DEFAULT_GOAL := run
.PHONY: run test lint bench audit clean environment environment-dev

VENV := .venv
PY := $(VENV)/bin/python
# further words for a command: make run ARGS="--server.port 8600", make test ARGS="-k chunking",
# make bench ARGS="retrieval"
ARGS :=

export KILDE_VENV := $(VENV)
# a browser that playwright fetches stays in the project: the home folder may not be writable
export PLAYWRIGHT_BROWSERS_PATH ?= $(CURDIR)/$(VENV)/browsers

run: environment
	$(PY) -m streamlit run app.py $(ARGS)

test: lint
	@browser="$$(.ci/browser)" || exit 1; \
	echo "Browser: $$browser"; \
	KILDE_CHROMIUM="$$browser"; export KILDE_CHROMIUM; \
	tesseract="$$(.ci/ocr)" || exit 1; \
	echo "Tesseract: $${tesseract:-none, so that OCR is not tested}"; \
	[ -z "$$tesseract" ] || { KILDE_TESSERACT="$$tesseract"; export KILDE_TESSERACT; }; \
	ran=; for marks in "not e2e" e2e; do \
		$(PY) -m pytest -m "$$marks" -n 2 --dist loadfile $(ARGS); rc=$$?; \
		[ $$rc -ne 5 ] || continue; \
		[ $$rc -eq 0 ] || exit $$rc; \
		ran=yes; \
	done; [ -n "$$ran" ]

lint: environment-dev
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy

bench: environment-dev
	@KILDE_CHROMIUM="$$(.ci/browser)" || exit 1; export KILDE_CHROMIUM; \
	$(PY) -m benchmarks $(ARGS)

# all that the product installs, with what that brings along
audit: environment
	@KILDE_VENV="$(VENV)-audit" .ci/environment requirements-audit.txt
	$(VENV)-audit/bin/python -m pip_audit --strict \
		--path "$$($(PY) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" $(ARGS)

environment:
	@.ci/environment requirements.txt

environment-dev:
	@.ci/environment requirements-dev.txt

clean:
	rm -rf $(VENV) $(VENV)-audit .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
