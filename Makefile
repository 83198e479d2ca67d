# One command each. `make check` is what every change must pass.
.PHONY: check test bench differential seeded mutants

check:
	ruff check . && ruff format --check . && mypy && pytest

test:
	pytest

bench:
	python benchmarks/settle.py --size S && python benchmarks/settle.py --size L --rounds 5

# engine against checker, a million times a network's counts for a quarter: about half an hour of a processor; goes on where it stopped
differential:
	mkdir -p build && python tests/differential.py --seed 2026 --networks 300 --goal 1000000 --summary build/differential.json

seeded:
	python tests/seeded_bugs.py

mutants:
	python tests/mutants.py
