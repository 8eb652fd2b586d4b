# Everything a newcomer needs: `make serve` and `make test`. Both set up what is missing, and are quick the second time.
# Needs Python 3.11+ and make; uv comes from PyPI into .tools/.

PYTHON ?= python3
UV := .tools/bin/uv
BIN := .venv/bin
READY := .venv/.ready
HOST ?= 127.0.0.1
PORT ?= 5000

# uv brings its own list of certificates; where the system keeps one, that one counts: a company's proxy is in it.
SYSTEM_CERTS := $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem \
                           /etc/ssl/cert.pem)
export UV_SYSTEM_CERTS ?= $(if $(SYSTEM_CERTS),true,false)

.PHONY: help serve test check bench format clean

help:  ## Say what can be made.
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ —/'

serve: $(READY)  ## Start the server on an embedded SQLite database.
	$(BIN)/mlflow server --host $(HOST) --port $(PORT)

test: $(READY)  ## Run all tests.
	$(BIN)/python -m pytest

check: $(READY)  ## Check style, types and the direction of imports: the hooks of .pre-commit-config.yaml.
	$(BIN)/pre-commit run --all-files --show-diff-on-failure

bench: $(READY)  ## Measure beside MLflow and FastTrackML; saves benchmarks/RESULTS.md.
	$(BIN)/python -m benchmarks --save benchmarks/RESULTS.md

format: $(READY)  ## Bring the code into the house style.
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:  ## Remove everything that was set up.
	rm -rf .venv .venvs .tools

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: Python 3.11 or newer is needed"; echo; \
	    echo "hint: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .tools
	.tools/bin/python -m pip install --quiet --disable-pip-version-check uv

$(READY): $(UV) pyproject.toml uv.lock
	$(UV) sync --quiet --frozen --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')"
	@touch $(READY)
