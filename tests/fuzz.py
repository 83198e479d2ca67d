"""Coverage-guided fuzzing of the readers of files, with Atheris (`pip install atheris`; Linux).

    python tests/fuzz.py contract --minutes 30     care packages
    python tests/fuzz.py activity --minutes 30
    python tests/fuzz.py scheme --minutes 30       contracts with payments
    python tests/fuzz.py figures --minutes 30      their measures files

Starts from the hostile corpus of `../shared` where it is there, from the catalogue of errors, and from the contracts and files that ship. Anything raised
that is not a refusal in words is a finding, and so is 5 seconds or 512 MB. A contract that is read is also described, and the worked examples of one with
payments are run. Activity is read both ways, plainly and carefully, and the two must agree; figures must be what the independent checker reads in the same
file. What is found is written to `--into`, from where it goes to the catalogue, `tests/errors`.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "1")
sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

import atheris  # type: ignore[import-not-found, unused-ignore]

with atheris.instrument_imports(include=["p4p"]):
    from p4p.checkers import verify_schemes
    from p4p.counts.roster import Roster
    from p4p.files import activity_file, ahead, contract_file, measures_file, scheme_file, yamltext
    from p4p.files.practices_file import read_practices
    from p4p.files.table_text import Problems, Table
    from p4p.numbers.errors import P4PError
    from p4p.proving.scheme_proofs import scheme_proofs
    from p4p.sentences import describe, scheme_words
    from p4p.settling.settle import expected

import hostile
from mangled_bases import FEW, PLAIN, bases
from mangled_contracts import PACKAGES, PAYMENTS

HERE = Path(__file__).parent
ERRORS = HERE / "errors"

#: Of each kind of file, the folders of the catalogue that hold it.
CATALOGUE = {"contract": ("contract",), "activity": ("activity",), "scheme": ("scheme", "settling"), "figures": ("measures",)}


def seeds(kind: str) -> list[bytes]:
    """The files to start from."""
    ends = ".csv" if kind in ("activity", "figures") else ".yaml"
    catalogue = [path for folder in CATALOGUE[kind] for path in sorted((ERRORS / folder).iterdir()) if path.suffix == ends]
    starts = {"scheme": "contract", "figures": "measures"}.get(kind, kind)
    language = "payments" if kind in ("scheme", "figures") else "packages"
    out = [path.read_bytes() for path in catalogue]
    out += [raw for base in bases(language) for file, raw in base.files.items() if file.startswith(starts)]
    if not hostile.FOLDER.is_dir():
        return out
    if kind == "contract":
        return [*out, *(case.contract for case in hostile.hostile_contracts())]
    if kind == "scheme":
        return [*out, *(as_scheme(case.contract) for case in hostile.hostile_contracts())]
    from test_hostile_command import activity

    counts = [activity(path.read_bytes()) for path in sorted(hostile.FOLDER.glob("*.csv"))]
    return [*out, *(counts if kind == "activity" else map(as_figures, counts))]


def as_scheme(raw: bytes) -> bytes:
    """A hostile contract with a payment in place of its package; the bytes of the fault kept."""
    payment = b"payments:\n  demo:\n    title: A payment\n    basis: the period\n    pays: s1\n    steps:\n      s1: {kind: sum, of: [1]}\n"
    head, _, rest = raw.partition(b"packages:\n")
    return head + payment + rest.replace(b"split:", b"rows:").replace(b"indicators:", b"measures:")


def as_figures(raw: bytes) -> bytes:
    """A hostile activity file with figures in place of counts; the bytes of the fault kept."""
    for theirs, ours in ((b"practice", b"payee"), (b"indicator", b"measure"), (b"numerator", b"value"), (b"denominator", b"of")):
        raw = raw.replace(theirs, ours, 1)
    return raw


def contract(raw: bytes) -> None:
    """Read bytes as a contract, and describe it."""
    try:
        read = contract_file.contract_of(yamltext.parse(raw, "contract.yaml"))
    except P4PError as error:
        assert str(error)
        return
    describe.describe(read)


def scheme(raw: bytes) -> None:
    """Read bytes as a contract with payments, describe it, and run its worked examples."""
    try:
        read = scheme_file.scheme_of(yamltext.parse(raw, "contract.yaml"))
    except P4PError as error:
        assert all(problem.at and problem.at.file == "contract.yaml" for problem in error.problems), str(error)
        return
    scheme_words.describe_scheme(read)
    for proof in scheme_proofs(read):
        assert all(str(problem) for problem in proof.problems)


class Activity:
    """Reads bytes as activity of a contract that stays."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "activity.csv")
        (folder / "practices.csv").write_bytes(FEW.encode())
        terms = contract_file.contract_of(yamltext.parse(PLAIN.encode(), "contract.yaml"))
        self.roster = Roster.of(expected(terms), read_practices(str(folder / "practices.csv")))
        self.runs = 0

    def __call__(self, raw: bytes) -> None:
        """Read bytes both ways."""
        Path(self.path).write_bytes(raw)
        self.runs += 1
        problems = Problems()
        try:
            batch = activity_file._carefully(Table(self.path, activity_file.REQUIRED, activity_file.OPTIONAL), self.roster, problems)
            problems.refuse()
        except P4PError as error:
            assert str(error)
            batch = None
        if batch is None and self.runs % 8:  # Polars takes its time, and most files are refused
            return
        try:
            table = Table(self.path, activity_file.REQUIRED, activity_file.OPTIONAL)
            with ahead.look_ahead([self.path]) as known:
                plain = activity_file._plainly(table, self.roster, known[self.path])
        except P4PError:
            return
        if plain is not None:
            assert batch is not None, "read plainly, refused carefully"
            same = [b.rows.collect().select(activity_columns).sort("line") for b in (batch, plain)]
            assert same[0].equals(same[1]), "read plainly and carefully, and not alike"


activity_columns = ["line", "place", "indicator", "month", "months", "numerator", "denominator", "excluded"]


class Figures:
    """Reads bytes as figures of a contract with payments that stays."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "measures.csv")
        self.scheme = scheme_file.read_scheme(str(ERRORS / "beside" / "scheme.yaml"))
        self.units = {name: measure.unit for name, measure in (self.scheme.measures or {}).items()}

    def __call__(self, raw: bytes) -> None:
        """Read bytes, and hold every figure against what the checker reads."""
        Path(self.path).write_bytes(raw)
        measures_file.is_measures(self.path)
        try:
            read = measures_file.read_measures([self.path], self.scheme)
        except P4PError as error:
            placed = [problem for problem in error.problems if "these are the first" not in problem.what]
            assert all(problem.at and problem.at.file == self.path for problem in placed), str(error)
            return
        rows = verify_schemes.rows_of(self.path)
        assert read.rows == len(rows) == sum(source.rows for source in read.sources), "not every row is a figure"
        told = {(row["payee"], row["measure"], row["period"]): row["value"] for row in rows}
        for given in (given for figures in read.given.values() for given in figures):
            unit = self.units[given.measure]
            figure = verify_schemes.figure_of(told[given.payee, given.measure, given.period], unit)
            first, last = verify_schemes.span_of(given.period)
            assert (given.first, given.months or 1) == (first, last - first + 1), "a period is read in two ways"
            if isinstance(figure, str):
                assert given.value in (figure, Fraction(figure == "yes")), "a word is read in two ways"
            else:
                assert given.value == figure.value * (100 if unit == "money" else 1), "a figure is read in two ways"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=list(CATALOGUE))
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--into", type=Path, default=Path(tempfile.gettempdir()) / "p4p-fuzz")
    a = parser.parse_args()
    corpus = a.into / a.kind
    corpus.mkdir(parents=True, exist_ok=True)
    for number, raw in enumerate(seeds(a.kind)):
        (corpus / f"seed-{number:03}").write_bytes(raw)
    words = a.into / f"{a.kind}.dict"
    known = PAYMENTS if a.kind in ("scheme", "figures") else PACKAGES
    names = [
        "NORTH",
        "SOUTH",
        "contract",
        "benchmark",
        "spend",
        "quality",
        "admissions",
        "members",
        "reported",
        "expected",
        "track",
        "2016/17",
        "2016-04",
    ]
    quoted = [w.replace("\\", "\\\\").replace('"', '\\"') for w in [*known.keys, *known.choices, *names] if w.isascii()]
    words.write_text("".join(f'"{w}"\n' for w in quoted))
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    target: Callable[[bytes], None] = {"contract": lambda: contract, "scheme": lambda: scheme}.get(
        a.kind, lambda: (Activity if a.kind == "activity" else Figures)(folder)
    )()
    limits = [f"-max_total_time={int(60 * a.minutes)}", "-timeout=5", "-rss_limit_mb=512", "-max_len=20000", f"-dict={words}"]
    atheris.Setup([sys.argv[0], *limits, "-print_final_stats=1", f"-artifact_prefix={a.into}/{a.kind}-", str(corpus)], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
