# Everything a contributor runs. `make` alone shows this list.
#
#   make install   development install: compiles what changed, tools of the `dev` extra
#   make build     the compiled modules, in place
#   make test      the tests (ARGS="tests/tokens -k span" passes arguments on)
#   make lint      ruff, ruff format and cython-lint
#   make format    let ruff mend what it can
#   make types     mypy over the package
#   make check     lint, types, test
#   make docs      the model card and the README's scores, rendered from the bundled model
#   make sanitize  the compiled modules under AddressSanitizer and UndefinedBehaviorSanitizer, in a folder of their own
#   make bench     docs/benchmarks.md: speed and memory, beside spaCy's (DATA=, PEERS=, SPACY_PYTHON=; over an hour)
#   make bench-quick  the same on few words, to see that it works; nothing is written
#   make bench-tokens  accuracy of the tokenizer (DATA=folder with the corpora)
#   make dist      wheel and source archive, with a check of what is in them
#   make ci        what continuous integration runs, in a virtual environment of its own
#   make clean     remove what was built

PYTHON ?= python
DATA ?= data
ARGS ?=

.PHONY: help install build test lint format types check docs sanitize bench bench-quick bench-tokens dist ci clean

help:
	@sed -n 's/^#   //p' Makefile

install:
	$(PYTHON) -m pip install -e '.[dev]'

build:
	$(PYTHON) setup.py -q build_ext --inplace

test:
	$(PYTHON) -m pytest $(ARGS)

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	cython-lint nlpcore

format:
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

types:
	$(PYTHON) -m mypy

check: lint types test

docs:
	$(PYTHON) benchmarks/model_card.py en_core_web_sm --write

SANITIZED = build/sanitize
# Parts with a time limit each, so that one that hangs is named and the others run. What limits the process's own
# memory has no place there.
SANITIZE_PARTS ?= engine kernels tokenizer tokens vocab transition pipeline/test_threads.py pipeline/test_bad_input.py
SANITIZE_SECONDS ?= 300
NLPCORE_EXAMPLES ?= 5
sanitize:
	NLPCORE_SANITIZE=1 $(PYTHON) setup.py -q build --build-lib $(SANITIZED)/lib --build-temp $(SANITIZED)/temp
	cd $(SANITIZED)/lib && failed= && for part in $(SANITIZE_PARTS); do \
	echo "== $$part" && \
	LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libstdc++.so.6)" \
	ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1 \
	PYTHONMALLOC=malloc OPENBLAS_NUM_THREADS=1 NLPCORE_EXAMPLES=$(NLPCORE_EXAMPLES) \
	timeout $(SANITIZE_SECONDS) \
	$(PYTHON) -m pytest -q -p no:cacheprovider -c $(CURDIR)/pyproject.toml --rootdir $(CURDIR) -m "not slow" \
	-k "not out_of_memory" $(CURDIR)/tests/$$part $(ARGS) || failed="$$failed $$part"; done; \
	test -z "$$failed" || { echo "Failed:$$failed" >&2; exit 1; }

# What has been measured stays in RESULTS, so that a run can be broken off.
RESULTS ?= build/benchmarks.jsonl
BENCH = $(PYTHON) -m benchmarks --data $(DATA) $(if $(PEERS),--peers $(PEERS)) \
	$(if $(SPACY_PYTHON),--spacy-python $(SPACY_PYTHON))
bench:
	mkdir -p $(dir $(RESULTS))
	$(BENCH) --results $(RESULTS) --write docs $(ARGS)

bench-quick:
	$(BENCH) --quick $(ARGS)

bench-tokens:
	$(PYTHON) benchmarks/tokenizer_accuracy.py $(DATA)/UD_English-EWT/en_ewt-ud-dev.conllu --show 0

dist:
	$(PYTHON) -m build
	$(PYTHON) tools/check_dist.py dist

ci:
	.ci/run

clean:
	rm -rf build dist *.egg-info
	find nlpcore -name '*.so' -delete
	for f in $$(find nlpcore -name '*.pyx'); do rm -f "$${f%.pyx}.cpp"; done
