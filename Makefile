# One command each. `make check` is what every change must pass.
.PHONY: check test laws bench bench-100m mangled fuzz interrupted same-bytes differential differential-schemes seeded mutants newest constraints.txt

check:
	ruff check . && ruff format --check . && mypy && pytest

test:
	pytest

# other examples of the laws than `make test` tries, and more
laws:
	LAWS=60 pytest tests/test_laws.py tests/test_three_kinds.py

bench:
	python benchmarks/settle.py --size S && python benchmarks/settle.py --size L --rounds 5

# a hundred million rows: 7 GB of disk, beside DuckDB SQL and pandas; the standard library on the year of England
bench-100m:
	python benchmarks/settle.py --size XL --rounds 3 --peers duckdb,pandas && python benchmarks/settle.py --size L --rounds 3 --peers duckdb,pandas,decimal

# mangled files, a hundred thousand of care packages and thirty thousand of contracts with payments: about forty minutes of a processor
mangled:
	python tests/mangled.py --cases 100000 --jobs 2 && python tests/mangled.py --language payments --cases 30000 --jobs 2

# needs atheris
fuzz:
	for kind in contract activity scheme figures; do python tests/fuzz.py $$kind --minutes 30 || exit 1; done

# needs strace; long: --command, --how and --calls-only do a part
interrupted:
	python tests/interrupted.py --jobs 2

# long; foreign locales where the system has their sources (Debian: locales)
same-bytes:
	python tests/same_bytes.py

# engine against checker, a million times a network's counts for a quarter: about a quarter of an hour of a processor; goes on where it stopped
differential:
	mkdir -p build && python tests/differential.py --seed 2026 --networks 300 --goal 1000000 --summary build/differential.json

# engine against the checker of schemes, on random chains of steps: about eight minutes
differential-schemes:
	mkdir -p build && python tests/differential_schemes.py --seed 2026 --cases 5000 --seconds 440 --summary build/differential-schemes.json

seeded:
	python tests/seeded_bugs.py

mutants:
	python tests/mutants.py

# the tests with the newest libraries that pyproject.toml allows; where they pass, `make constraints.txt` writes those down
newest:
	rm -rf build/newest && python3 -m venv build/newest && build/newest/bin/pip install -q '.[dev]' && build/newest/bin/pytest

# needs pip-tools
constraints.txt:
	pip-compile -q --upgrade --extra dev --strip-extras --no-header --no-annotate --no-emit-index-url --no-emit-trusted-host --no-emit-find-links -o constraints.txt pyproject.toml
