"""The result of settling: payments, the lines behind them, totals, and the checks that hold them together.

Held as integer columns, because a year of England is half a million lines; `Line` and `Payee` are views of single rows for people to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

import polars as pl

from p4p.counts.activity import Activity
from p4p.counts.members import Members
from p4p.counts.suppress import Publication
from p4p.language.contract import Contract, Indicator, Package, Performance, Total
from p4p.language.curves import Threshold, next_threshold
from p4p.numbers.errors import MismatchError, Problem
from p4p.numbers.money import grouped
from p4p.numbers.period import Quarter, Year
from p4p.settling import entitlement
from p4p.settling.assumptions import NOTHING, Assumptions

LineState = Literal["counted", "no patients", "counts missing", "counts withheld", "withheld"]  # the last only in what is published

#: Columns of `Settlement.packages`: money in whole pence, one row for each quarter, network and package.
PACKAGE_MONEY = ("value", "upfront", "deferred", "brought_forward", "available", "earned", "shared", "shortfall")

#: The state of everything settled so far: provisional, the NHS's word.
STATE = "flex"

#: The amounts of `Totals` as files and tables name them, in their order.
AMOUNTS = ("upfront", "available", "earned", "adjustments", "payable", "shortfall")

#: What becomes of the value of a quarter in which a network has no practice.
NOT_OFFERED = "retained by the commissioner, value of quarters without a practice"

#: An exact fraction that does not fit in two integer columns.
Exact = Mapping[tuple[int, int, int], tuple[Fraction | None, Fraction]]


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator of one network in one quarter. Money in pence; `achievement` is None where there is none."""

    quarter: Quarter
    network: str
    package: str
    indicator: str
    terms: Indicator
    performance: Performance
    numerator: int
    denominator: int
    excluded: int
    state: LineState
    achievement: Fraction | None
    share: Fraction
    brought_forward: int
    available: int
    earned: int

    @property
    def shortfall(self) -> int:
        """Available less earned; below zero where an earlier shortfall was made good."""
        return self.available - self.earned

    @property
    def eligible(self) -> int:
        """Patients whose achievement counts: the denominator less those excluded."""
        return self.denominator - self.excluded

    @property
    def next_threshold(self) -> Threshold | None:
        """The nearest threshold not reached."""
        return None if self.achievement is None else next_threshold(self.terms.curve, self.achievement)

    @property
    def gap(self) -> int | None:
        """Patients still needed, over all practices together, to reach the next threshold; None where no number would do.

        For a rate that is not pooled this is not a single number, and it is None.
        """
        threshold = self.next_threshold
        if self.achievement is None:
            return None
        if threshold is None:
            return 0
        if not self.performance.pooled:
            return None
        return threshold.gap(self.numerator, self.eligible)


@dataclass(frozen=True, slots=True)
class Totals:
    """Money in pence: `payable = upfront + earned + adjustments`, `shortfall = available - earned`."""

    upfront: int = 0
    available: int = 0
    earned: int = 0
    adjustments: int = 0

    @property
    def payable(self) -> int:
        return self.upfront + self.earned + self.adjustments

    @property
    def shortfall(self) -> int:
        return self.available - self.earned

    @classmethod
    def sum(cls, parts: Iterable[Totals]) -> Totals:
        """Totals added up; withheld where a part is."""
        rows = list(parts)
        return cls(*(sum(getattr(t, f.name) for t in rows) for f in fields(cls)))


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must hold of a settlement, in words, and whether it does."""

    what: str
    holds: bool


@dataclass(frozen=True)
class Settlement:
    """What a contract pays for a quarter, or for the quarters of a year.

    `packages`: one row for each quarter, network and package; columns `quarter, network, package` (indices) and PACKAGE_MONEY.
    `history`: one row for each quarter, network and indicator; columns `quarter, network, package, indicator, numerator, denominator, excluded,
    state, achievement_top, achievement_bottom, share_top, share_bottom, brought_forward, available, earned`. Fractions too large for two columns
    are in `exact`, by quarter, network and indicator. `copy_for`: the networks whose payments and lines alone are here; of all where none is named.
    """

    contract: Contract
    members: Members
    activity: Activity
    quarters: tuple[Quarter, ...]
    packages: pl.DataFrame
    history: pl.DataFrame
    exact: Exact
    assumptions: Assumptions = NOTHING
    copy_for: tuple[str, ...] = ()

    @cached_property
    def lines(self) -> pl.DataFrame:
        """The lines of the quarters settled; `history` also holds the earlier quarters that the contract looks back on."""
        return self.history.filter(pl.col("quarter").is_in([q.key for q in self.quarters]))

    @cached_property
    def _histories(self) -> dict[tuple[Any, ...], pl.DataFrame]:
        """`history` by network, cut once: whoever asks network by network does not search all of it each time."""
        return self.history.partition_by("network", as_dict=True)

    @cached_property
    def patients(self) -> dict[str, dict[str, Fraction]]:
        """The patients on the lists that values are counted on, by package and network; empty for a value without a list. Nothing is supposed."""
        return {pid: entitlement.patients(self.contract, package, self.members) for pid, package in self.contract.packages.items()}

    @cached_property
    def weights(self) -> dict[str, dict[str, Fraction]]:
        """`patients`, as a what-if supposes them."""
        return {pid: self.assumptions.patients(counted) for pid, counted in self.patients.items()}

    @cached_property
    def year_values(self) -> dict[str, dict[str, int]]:
        """Each package's value for the year settled, in pence, by package and network."""
        paid = entitlement.paid_networks(self.members, self.quarters[0].year)
        return {
            pid: entitlement.year_values(self.contract, package, self.members, paid, self.assumptions)
            for pid, package in self.contract.packages.items()
        }

    @property
    def period(self) -> Quarter | Year:
        """The quarter settled, or the year where all four are."""
        first = self.quarters[0]
        return first if self._single else first.year

    @property
    def _single(self) -> bool:
        """Whether one quarter alone is settled."""
        return len(self.quarters) == 1

    @property
    def state(self) -> str:
        """`flex`: see STATE."""
        return STATE

    @cached_property
    def network_codes(self) -> tuple[str, ...]:
        return tuple(self.members.networks)

    @cached_property
    def package_ids(self) -> tuple[str, ...]:
        return tuple(self.contract.packages)

    @cached_property
    def indicator_ids(self) -> tuple[str, ...]:
        return tuple(self.contract.indicators)

    @cached_property
    def by_network(self) -> dict[str, Totals]:
        """Each paid network's totals over the quarters settled, in the order of their codes."""
        sums = (
            self.packages.group_by("network")
            .agg(pl.col("upfront", "available", "brought_forward", "earned", "shared").sum())
            .sort("network")
        )
        return {  # over a year money carried forward is available once
            self.network_codes[row["network"]]: Totals(
                row["upfront"], row["available"] - (0 if self._single else row["brought_forward"]), row["earned"], row["shared"]
            )
            for row in sums.iter_rows(named=True)
        }

    @cached_property
    def totals(self) -> Totals:
        """All networks together."""
        return Totals.sum(self.by_network.values())

    def lines_of(self, network: str | None = None, quarter: Quarter | None = None, indicator: str | None = None) -> Iterator[Line]:
        """Lines as people read them, by network, then contract order, then quarter."""
        frame = self.history
        if network is not None:
            frame = self._histories.get((self.network_codes.index(network),), frame.clear())
        frame = frame.filter(pl.col("quarter").is_in([q.key for q in ((quarter,) if quarter is not None else self.quarters)]))
        if indicator is not None:
            frame = frame.filter(pl.col("indicator") == self.indicator_ids.index(indicator))
        indicators = [(iid, pid, terms, self.contract.performance_of(iid)) for iid, (pid, terms) in self.contract.indicators.items()]
        for row in frame.sort("network", "package", "indicator", "quarter").iter_rows(named=True):
            iid, pid, terms, performance = indicators[row["indicator"]]
            achievement, share = self._fractions(row)
            yield Line(
                quarter=Quarter.of_key(row["quarter"]),
                network=self.network_codes[row["network"]],
                package=pid,
                indicator=iid,
                terms=terms,
                performance=performance,
                numerator=row["numerator"],
                denominator=row["denominator"],
                excluded=row["excluded"],
                state=row["state"],
                achievement=achievement,
                share=share,
                brought_forward=row["brought_forward"],
                available=row["available"],
                earned=row["earned"],
            )

    def _fractions(self, row: dict[str, Any]) -> tuple[Fraction | None, Fraction]:
        if row["share_bottom"] is None:
            return self.exact[row["quarter"], row["network"], row["indicator"]]
        share = Fraction(int(row["share_top"]), int(row["share_bottom"]))
        if not row["achievement_bottom"]:
            return None, share
        return Fraction(int(row["achievement_top"]), int(row["achievement_bottom"])), share

    def package_rows(self) -> Iterator[dict[str, Any]]:
        """The rows of `packages`, by quarter, network and package (indices), in that order."""
        return self.packages.drop("year_value").sort("quarter", "network", "package").iter_rows(named=True)

    def publication(self, network: str | None = None, practices: bool = False) -> Publication | None:
        """What was withheld of a published settlement; None of one that is for its parties alone."""
        return None

    def package(self, pid: str) -> Package:
        return self.contract.packages[pid]

    @cached_property
    def destinations(self) -> dict[str, int]:
        """Where the money is that was at stake and not earned, in pence, by what the contract says of it. Only what is not zero.

        Of a package with catch-up: of the year so far, since an earlier shortfall may have been made good.
        """
        out: dict[str, int] = {}
        amounts = pl.col("shortfall", "shared", "brought_forward")
        sums = self.packages.group_by("package", "quarter").agg(amounts.sum()).sort("package", "quarter")
        for number, key, shortfall, shared, brought in sums.iter_rows():
            package = self.package(self.package_ids[number])
            performance, last_quarter, single = package.performance, Quarter.of_key(key).number == 4, self._single
            if performance is None:
                continue
            if not single:  # over a year what was carried forward is left once, where it ended
                shortfall -= brought
            if performance.catches_up and single:
                so_far = self.history.filter(pl.col("package") == number)
                shortfall = int((so_far["available"] - so_far["earned"]).sum())
            where = "retained by the commissioner"
            if performance.carries_forward and not last_quarter and single:
                where = "carried forward to the next quarter"
            elif performance.catches_up and not last_quarter and single:
                where = "held by the commissioner, can still be caught up"
            for words, pence in ((where, shortfall - shared), ("shared among the networks that earned", shared)):
                out[f"{package.title}: {words}"] = out.get(f"{package.title}: {words}", 0) + pence
        for pid, pence in self._not_offered.items():
            words = f"{self.package(pid).title}: {NOT_OFFERED}"
            out[words] = out.get(words, 0) + pence
        return {words: pence for words, pence in out.items() if pence}

    @cached_property
    def _absent(self) -> dict[str, dict[str, list[int]]]:
        """By package and network, pence of each quarter of the year that are offered to nobody, because the network has no practice in it.

        In Q4 also the earlier quarters' pots, where they are judged once a year, which only a network that is there in Q4 can earn. Networks
        that are there in every quarter are left out.
        """
        year = self.quarters[0].year
        paid = entitlement.paid_networks(self.members, year)
        always = frozenset.intersection(*paid.values())
        out: dict[str, dict[str, list[int]]] = {}
        if always == frozenset().union(*paid.values()):
            return out
        for pid, package in self.contract.packages.items():
            here = self.copy_for or self.year_values[pid]
            values = {code: value for code, value in self.year_values[pid].items() if code not in always and code in here}
            everybody = dict.fromkeys(paid, frozenset(values))
            whole, there = (
                entitlement.quarters_of_package(package, values, self.members, q, year, self.contract.mode) for q in (everybody, paid)
            )
            yearly = package.performance is not None and package.performance.measured == "year"
            for row, own in zip(whole.iter_rows(named=True), there.iter_rows(named=True), strict=True):
                pence = [row[f"value_{q}"] - own[f"value_{q}"] for q in paid]
                if yearly and not own["paid_4"]:
                    pence[3] += sum(own[f"pot_{q}"] for q in (1, 2, 3))
                out.setdefault(pid, {})[self.network_codes[row["network"]]] = pence
        return out

    @cached_property
    def _not_offered(self) -> dict[str, int]:
        """By package, pence of the quarters settled that are offered to nobody."""
        return {pid: sum(p[q.number - 1] for p in networks.values() for q in self.quarters) for pid, networks in self._absent.items()}

    @cached_property
    def usage(self) -> dict[str, int]:
        """How many counts the settlement used, and how many it left out, within the quarters it looked at."""
        keys = [q.key for q in self._looked_at()]
        here = self.activity.counts.filter(pl.col("quarter").is_in(keys))
        elsewhere = self.activity.counts.filter(~pl.col("quarter").is_in(keys))
        months = range(self._looked_at()[0].months[0], self._looked_at()[-1].months[-1] + 1)
        stays = [s for p in self.members.practices.values() for s in p.stays if any(s.covers(m) for m in months)]
        return {
            "practices": len({s.practice for s in stays}),
            "used": int(here["rows"].sum()),
            "left_out": int(here["left_out"].sum()),
            "other": int(elsewhere["rows"].sum()) + int(elsewhere["left_out"].sum()),
            "missing": int((here["expected"] - here["present"] - here["withheld"]).sum()),
            "withheld": int(here["withheld"].sum()),
        }

    def _looked_at(self) -> tuple[Quarter, ...]:
        last = self.quarters[-1]
        return last.to_date if any(p.looks_back for p in self.contract.packages.values()) else self.quarters

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """What was checked of this settlement; `settle` refuses to hand out one in which a check fails."""
        p, lines = self.packages, self.lines
        adds_up = bool((p["value"] + p["brought_forward"] == p["upfront"] + p["available"] + p["deferred"]).all())
        # one number for the three that name a payment: a key of its own is summed by in half the time
        one_key = (
            (pl.col("quarter").cast(pl.Int64) * len(self.network_codes) + pl.col("network")) * len(self.package_ids) + pl.col("package")
        ).alias("key")
        by_line = lines.group_by(one_key).agg(pl.col("available", "earned").sum())
        both = (
            p.select(one_key, "available", "earned").join(by_line, on="key", how="full", suffix="_lines").fill_null(0)
        )  # a part may be lost
        lines_add = bool(((both["available"] == both["available_lines"]) & (both["earned"] == both["earned_lines"])).all())
        kept = bool((p["shortfall"] == p["available"] - p["earned"]).all())
        used, rows = self.usage, sum(s.rows for s in self.activity.sources)
        counted = used["used"] + used["left_out"] + used["other"]
        checks = [
            Check("payments add up to the package values", adds_up),
            Check("lines add up to payments", lines_add),
            Check("available = earned + shortfall", kept),
            Check("every count read is used or listed", rows == counted),
        ]
        if len(self.quarters) == 4:
            checks.append(Check("quarters add up to the year", self._year_adds_up()))
        return tuple(checks)

    def _year_adds_up(self) -> bool:
        """Whether a network's quarters, those without a practice too, are its value for the year, and the networks' values each total that is shared."""
        years = self.packages.group_by("package", "network").agg(
            pl.col("year_value").first(), (pl.col("value") - pl.col("deferred")).sum().alias("offered")
        )
        for number, network, year_value, offered in years.filter(pl.col("offered") != pl.col("year_value")).iter_rows():
            absent = self._absent.get(self.package_ids[number], {}).get(self.network_codes[network], [])
            if offered + sum(absent) != year_value:
                return False
        values = dict(years.group_by("package").agg(pl.col("year_value").sum()).iter_rows())
        totals = {i: p.value.total for i, p in enumerate(self.contract.packages.values()) if isinstance(p.value, Total)}
        return all(values.get(i, 0) in (0, total) for i, total in totals.items())  # 0 where nobody is on the list

    def checked(self) -> Settlement:
        """This settlement, if all its checks hold; MismatchError otherwise. Runs on every settlement, not only in tests."""
        failed = [c for c in self.checks if not c.holds]
        if failed:
            raise MismatchError(
                Problem(
                    None,
                    f"the settlement does not hold together: {c.what}: no (payable {grouped(self.totals.payable)})",
                    "this is a fault of p4p: please report it with the files",
                )
                for c in failed
            )
        return self
