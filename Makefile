# One command each. `make check` is what every change must pass.
.PHONY: check test bench

check:
	ruff check . && ruff format --check . && mypy && pytest

test:
	pytest

bench:
	python benchmarks/settle.py --size S && python benchmarks/settle.py --size L --rounds 5
