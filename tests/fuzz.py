"""Coverage-guided fuzzing of the contract loader and of the activity reader, with Atheris (`pip install atheris`; Linux).

    python tests/fuzz.py contract --minutes 30
    python tests/fuzz.py activity --minutes 30

Starts from the hostile corpus of `../shared` where it is there, from the catalogue of errors, and from the templates. Anything raised
that is not a refusal in words is a finding, and so is 5 seconds or 512 MB. A contract that is read is also described. Activity is read both ways, plainly and
carefully, and the two must agree. What is found is written to `--into`, from where it goes to the catalogue, `tests/errors`.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "1")
sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

import atheris  # type: ignore[import-not-found, unused-ignore]

with atheris.instrument_imports(include=["p4p"]):
    from p4p.counts.roster import Roster
    from p4p.files import activity_file, ahead, contract_file, yamltext
    from p4p.files.practices_file import read_practices
    from p4p.files.table_text import Problems, Table
    from p4p.numbers.errors import P4PError
    from p4p.sentences import describe
    from p4p.settling.settle import expected

import hostile
import mangled

HERE = Path(__file__).parent
PRACTICES = mangled.FEW.encode()


def seeds(kind: str) -> list[bytes]:
    """The files to start from."""
    name = {"contract": "*.yaml", "activity": "activity*.csv"}[kind]
    found = list((HERE / "errors").rglob(name))
    found += [path for path in (HERE / "errors" / "activity").glob("*") if path.suffix == ".csv" and kind == "activity"]
    out = [path.read_bytes() for path in [*found, *(HERE.parent / "p4p" / "templates").glob(f"*/{name}")]]
    out += [raw for base in mangled.bases() for file, raw in base.files.items() if file.startswith(kind)]
    if hostile.FOLDER.is_dir():
        if kind == "contract":
            return [*out, *(case.contract for case in hostile.hostile_contracts())]
        from test_hostile_command import activity

        out += [activity(path.read_bytes()) for path in sorted(hostile.FOLDER.glob("*.csv"))]
    return out


def contract(raw: bytes) -> None:
    """Read bytes as a contract, and describe it."""
    try:
        read = contract_file.contract_of(yamltext.parse(raw, "contract.yaml"))
    except P4PError as error:
        assert str(error)
        return
    describe.describe(read)


class Activity:
    """Reads bytes as activity of a contract that stays."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "activity.csv")
        (folder / "practices.csv").write_bytes(PRACTICES)
        terms = contract_file.contract_of(yamltext.parse(mangled.PLAIN.encode(), "contract.yaml"))
        self.roster = Roster.of(expected(terms), read_practices(str(folder / "practices.csv")))
        self.runs = 0

    def read(self, raw: bytes) -> None:
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["contract", "activity"])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--into", type=Path, default=Path(tempfile.gettempdir()) / "p4p-fuzz")
    a = parser.parse_args()
    corpus = a.into / a.kind
    corpus.mkdir(parents=True, exist_ok=True)
    for number, raw in enumerate(seeds(a.kind)):
        (corpus / f"seed-{number:03}").write_bytes(raw)
    words = a.into / "words.dict"
    quoted = [w.replace("\\", "\\\\").replace('"', '\\"') for w in [*mangled.WORDS, *mangled.CHOICES] if w.isascii()]
    words.write_text("".join(f'"{w}"\n' for w in quoted))
    folder = tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
    target = contract if a.kind == "contract" else Activity(Path(folder)).read
    limits = [f"-max_total_time={int(60 * a.minutes)}", "-timeout=5", "-rss_limit_mb=512", "-max_len=20000", f"-dict={words}"]
    atheris.Setup([sys.argv[0], *limits, "-print_final_stats=1", f"-artifact_prefix={a.into}/{a.kind}-", str(corpus)], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
