"""One package's lines: for every network and indicator what is counted, what the contract refuses of it, what is achieved and what is earned.

The rule of `rules` and `curves` runs on Polars columns for all networks at once, one quarter of the year after the other. Where numbers could pass
127 bits the same rule runs on fractions, row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import polars as pl

from p4p.counts.activity import Activity
from p4p.counts.members import Members
from p4p.counts.roster import COUNTS
from p4p.language.contract import Contract, Package, Performance
from p4p.language.curves import Curve, numbers, with_numbers
from p4p.numbers.columns import NARROW, Columns, Condition, TooLarge
from p4p.numbers.errors import Location, Problem
from p4p.numbers.exact import ZERO
from p4p.numbers.period import Quarter, Year, month_text
from p4p.settling import rules
from p4p.settling.assumptions import Assumptions, SupposedAchievement
from p4p.settling.entitlement import divided_pots

COVER = ("expected", "present", "withheld")


@dataclass
class PackageLines:
    """One package's performance part, settled for every network and indicator.

    `money` is the frame of `entitlement.quarters_of_package`. After `settled`, `problems` holds what the contract refuses of the data, and `exact` the
    fractions that do not fit in columns, by quarter, network and indicator.
    """

    contract: Contract
    pid: str
    package: Package
    performance: Performance
    members: Members
    activity: Activity
    year: Year
    money: pl.DataFrame
    assumptions: Assumptions

    def __post_init__(self) -> None:
        self.problems: list[Problem] = []
        self.exact: dict[tuple[int, int, int], tuple[Fraction | None, Fraction]] = {}
        ids = list(self.contract.indicators)
        self.numbers = {iid: ids.index(iid) for iid in self.performance.indicators}
        self.codes = tuple(self.members.networks)

    def settled(self, quarters: Sequence[Quarter]) -> pl.DataFrame:
        """The lines of the quarters asked for, and of the earlier quarters of the year where the contract looks back on them."""
        last = quarters[-1]
        needed = last.to_date if self.package.looks_back else tuple(quarters)
        judged = [q for q in needed if self.performance.measured != "year" or q.number == 4]
        if not judged:
            return no_lines().drop("package")
        grid = self._grid(judged)
        for quarter in judged:
            self._check_data(grid, quarter)
        if self.problems:
            return no_lines().drop("package")
        curves = {self.numbers[iid]: indicator.curve for iid, indicator in self.performance.indicators.items()}
        groups: dict[str, dict[int, Curve]] = {}
        for number, curve in curves.items():
            groups.setdefault(_shape(curve), {})[number] = curve
        frames = []
        for group in groups.values():
            part = grid.filter(pl.col("indicator").is_in(list(group))) if len(groups) > 1 else grid
            part = self._with_payments(part, group, judged)
            frames += [self._lines(part, q) for q in judged]
        return pl.concat(frames)

    # the grid: a row for each network and indicator, columns for each quarter

    def _grid(self, judged: Sequence[Quarter]) -> pl.DataFrame:
        pots = self.money.select(f"pot_{q.number}" for q in judged)
        if self.performance.measured == "year":  # all of it waits for the last quarter
            pots = self.money.select(pl.sum_horizontal(f"pot_{i}" for i in (1, 2, 3, 4)))
        quarters: list[pl.DataFrame] = []
        for quarter, parts in zip(judged, divided_pots(pots, self.performance.indicators), strict=True):
            own, here = f"own_{quarter.number}", f"paid_{quarter.number}"
            long = parts.with_columns(self.money["network"], self.money[here])
            long = long.unpivot(index=["network", here], variable_name="indicator", value_name=own)
            quarters.append(long.select(own, here) if quarters else long)
        numbers = {str(i): number for i, number in enumerate(self.numbers.values())}
        grid = pl.concat(quarters, how="horizontal").with_columns(pl.col("indicator").replace_strict(numbers, return_dtype=pl.UInt32))
        grid = grid.sort("network", "indicator")
        for quarter in judged:
            grid = _beside(grid, self._counts(quarter))
            if not self.performance.pooled:
                grid = self._with_practice_rates(grid, quarter)
        return grid

    def _in_basis(self, quarter: Quarter) -> pl.Expr:
        """The rows of counts on which a quarter is judged."""
        quarters = quarter.to_date if self.performance.to_date else (quarter,)
        return pl.col("quarter").is_between(quarters[0].key, quarters[-1].key)

    def _counts(self, quarter: Quarter) -> pl.DataFrame:
        """The sums a quarter is judged on, by network and indicator."""
        counts = self.activity.counts.filter(self._in_basis(quarter) & pl.col("indicator").is_in(list(self.numbers.values())))
        names = (*COUNTS, *COVER)
        if self.performance.to_date and quarter.number > 1:
            counts = counts.group_by("network", "indicator").agg(pl.col(names).sum()).sort("network", "indicator")
        return counts.select("network", "indicator", *(pl.col(c).cast(pl.Int64).alias(f"{c}_{quarter.number}") for c in names))

    def _with_practice_rates(self, grid: pl.DataFrame, quarter: Quarter) -> pl.DataFrame:
        """The achievement of a rate that is not pooled, as a fraction of its own: columns `rate_top_q` and `rate_bottom_q`, as text where they are large."""
        q = quarter.number
        counts = self.activity.practice_counts(list(self.numbers)).filter(self._in_basis(quarter))
        sums = counts.group_by("network", "indicator", "practice").agg(pl.col(COUNTS).sum())
        practices: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for network, indicator, n, d, e in sums.select("network", "indicator", *COUNTS).iter_rows():
            practices.setdefault((network, indicator), []).append((n, d - e))
        directions = {self.numbers[iid]: i.curve.direction for iid, i in self.performance.indicators.items()}
        keys = grid.select("network", "indicator").iter_rows()
        found = [rules.network_rate(self.performance, directions[key[1]], practices.get(key, [])) for key in keys]
        sides = {
            "top": [r.numerator if r is not None else 0 for r in found],
            "bottom": [r.denominator if r is not None else 0 for r in found],
        }
        return grid.with_columns(pl.Series(f"rate_{side}_{q}", map(str, values), dtype=pl.String) for side, values in sides.items())

    # what is missing

    def _check_data(self, grid: pl.DataFrame, quarter: Quarter) -> None:
        """Note what the contract refuses: missing practice-months, withheld counts, empty denominators."""
        q, months = quarter.number, self.performance.months(quarter)
        missing = pl.col(f"expected_{q}") > pl.col(f"present_{q}") + pl.col(f"withheld_{q}")
        if self.performance.missing_data == "refuse" and grid.filter(missing).height:
            self._note(
                self.activity.missing(months, list(self.numbers)),
                "there is no count",
                "missing_data",
                "send the counts, or say in the contract what a missing count means (missing_data: leave out | pays nothing)",
            )
        if self.performance.withheld == "refuse" and grid.filter(pl.col(f"withheld_{q}") > 0).height:
            triples = [t for t in self.activity.withheld(months) if t[1] in self.numbers]
            self._note(
                triples,
                "the count is withheld (suppressed)",
                "withheld_data",
                "ask for the exact counts, or say in the contract what a withheld count means (withheld_data: leave out | pays nothing)",
            )
        if self.performance.empty_denominator == "refuse":
            decided = missing if self.performance.missing_data != "leave out" else pl.lit(False)
            if self.performance.withheld != "leave out":
                decided |= pl.col(f"withheld_{q}") > 0
            empty = grid.filter((pl.col(f"denominator_{q}") <= pl.col(f"excluded_{q}")) & pl.col(f"paid_{q}") & ~decided)
            ids = {number: iid for iid, number in self.numbers.items()}
            for network, indicator in empty.select("network", "indicator").iter_rows():
                what = f"{quarter}: network {self.codes[network]} has no patients in the denominator of {ids[indicator]}"
                self._problem(
                    what, "the contract says empty_denominator: refuse; it may say pays nothing or pays in full", "empty_denominator"
                )

    def _note(self, triples: list[tuple[str, str, int]], what: str, key: str, hint: str, most: int = 40) -> None:
        for practice, indicator, month in triples[:most]:
            self._problem(f"{what}: practice {practice}, {indicator}, {month_text(month)}", hint, key)
        if len(triples) > most:
            self._problem(
                f"{what} in {len(triples) - most:,} more practice-months", "`p4p check` with the activity shows the whole grid", key
            )

    def _problem(self, what: str, hint: str, key: str) -> None:
        sources = self.activity.sources
        at = Location(sources[0].file) if sources else self.performance.places.get(key)
        self.problems.append(Problem(at, what, hint))

    # payments

    def _with_payments(self, part: pl.DataFrame, curves: dict[int, Curve], judged: Sequence[Quarter]) -> pl.DataFrame:
        part = part.with_columns(e for q in judged for e in _prepared(self.performance, q))
        part = part.with_columns(pl.lit(0, dtype=pl.Int64).alias(c) for c in ("before_0", "carried_0", "to_date_0"))
        try:
            return self._by_columns(part, curves, judged)
        except TooLarge:
            return self._by_fractions(part, curves, judged)

    def _by_columns(self, part: pl.DataFrame, curves: dict[int, Curve], judged: Sequence[Quarter]) -> pl.DataFrame:
        part, curve = _with_parameters(part, curves)
        last = 0
        for quarter in judged:
            q = quarter.number
            part = part.with_columns(self._achievement(q))
            n, d = (_largest(part, f"achievement_{c}_{q}") for c in ("top", "bottom"))
            achievement = Columns.of(f"achievement_top_{q}", n, f"divisor_{q}", d)
            supposed = any(self.assumptions.of(iid) for iid in self.numbers)
            if supposed:
                part, achievement = self._supposed_columns(part, achievement, f"supposed_{q}")
            share = curve.share(achievement)
            for state, paid in self._decided().items():
                share = Condition(pl.col(f"state_{q}") == state).choose(paid, share)
            part = part.with_columns(Columns.lift(share).named(f"share_{q}")).rename(
                {f"share_{q}_top": f"share_top_{q}", f"share_{q}_bottom": f"share_bottom_{q}"}
            )
            if supposed:  # only now: the share is made of the counted achievement's columns
                part = part.with_columns(
                    pl.when(pl.col(f"achievement_bottom_{q}") > 0)
                    .then(pl.col(f"supposed_{q}_{side}"))
                    .otherwise(0)
                    .alias(f"achievement_{side}_{q}")
                    for side in ("top", "bottom")
                )
            part = part.with_columns(self._available(q, last))
            money = [
                Columns.of(f"{c}_{i}", _largest(part, f"{c}_{i}")) if i else None
                for c, i in (("available", q), ("to_date", q), ("before", last))
            ]
            share = Columns.of(f"share_top_{q}", _largest(part, f"share_top_{q}"), f"share_bottom_{q}", _largest(part, f"share_bottom_{q}"))
            earned = rules.earned(self.performance, self.contract.mode, share, *money)
            part = part.with_columns(Columns.lift(earned).whole_column(f"earned_{q}")).with_columns(self._carried(q, last))
            last = q
        return part

    def _by_fractions(self, part: pl.DataFrame, curves: dict[int, Curve], judged: Sequence[Quarter]) -> pl.DataFrame:
        """The same, row by row on fractions, where the columns could overflow."""
        decided, last = self._decided(), 0
        for quarter in judged:
            q, key = quarter.number, quarter.key
            part = part.with_columns(self._available(q, last))
            top, bottom = (f"numerator_{q}", f"eligible_{q}") if self.performance.pooled else (f"rate_top_{q}", f"rate_bottom_{q}")
            earned = []
            names = ("network", "indicator", f"state_{q}", top, bottom, f"available_{q}", f"to_date_{q}", f"before_{last}")
            for network, indicator, state, n, d, available, to_date, before in part.select(names).iter_rows():
                achievement = self._supposed(Fraction(int(n), int(d)), network, indicator) if int(d) > 0 else None
                share = Fraction(decided[state] if state in decided else curves[indicator].share(achievement))
                self.exact[key, network, indicator] = (achievement, share)
                money = (Fraction(available), Fraction(to_date), Fraction(before))
                earned.append(int(rules.earned(self.performance, self.contract.mode, share, *money)))
            none = pl.lit(None, dtype=pl.Int128)
            part = part.with_columns(
                pl.Series(f"earned_{q}", earned, dtype=pl.Int64),
                *(none.alias(f"{c}_{q}") for c in ("achievement_top", "achievement_bottom", "share_top", "share_bottom")),
            ).with_columns(self._carried(q, last))
            last = q
        return part

    def _supposed_columns(self, part: pl.DataFrame, achievement: Columns, name: str) -> tuple[pl.DataFrame, Columns]:
        """The achievements that a what-if supposes, on the rows they are supposed of, as columns of their own.

        Each supposition is worked out before the next: laid one into the other as expressions they would double with every one.
        """
        part = part.with_columns(achievement.named(name))
        for alike in self._alike():
            here = pl.col("indicator").is_in([self.numbers[s.indicator] for s in alike])
            if alike[0].network is not None:
                here &= pl.col("network") == self.codes.index(alike[0].network)
            before = _stored(part, name)
            part = part.with_columns(Condition(here).choose(alike[0].applied(before), before).named(name))
        return part, _stored(part, name)

    def _alike(self) -> list[list[SupposedAchievement]]:
        """What is supposed of this package, in order; the same change of several indicators is one step."""
        steps: list[list[SupposedAchievement]] = []
        for supposed in self.assumptions.achievements:
            if supposed.indicator not in self.numbers:
                continue
            last = steps[-1] if steps else []
            same = bool(last) and (last[0].network, last[0].change, last[0].value) == (supposed.network, supposed.change, supposed.value)
            if same and supposed.indicator not in [s.indicator for s in last]:
                last.append(supposed)
            else:
                steps.append([supposed])
        return steps

    def _supposed(self, achievement: Fraction, network: int, indicator: int) -> Fraction:
        for supposed in self.assumptions.achievements:
            if self.numbers.get(supposed.indicator) == indicator and supposed.network in (None, self.codes[network]):
                achievement = supposed.applied(achievement)
        return achievement

    def _decided(self) -> dict[str, Fraction]:
        """The share of lines on which the contract decides without an achievement, by state."""
        return {"no patients": rules.empty_share(self.performance), "counts missing": ZERO, "counts withheld": ZERO}

    def _achievement(self, q: int) -> list[pl.Expr]:
        """The achievement's two columns, and a divisor that is never zero: lines without patients are decided by the contract, not by a division."""
        if self.performance.pooled:
            top, bottom = pl.col(f"numerator_{q}"), pl.col(f"eligible_{q}")
        else:
            top, bottom = (pl.col(f"rate_{c}_{q}").cast(pl.Int128, strict=False) for c in ("top", "bottom"))
        divisor = bottom.clip(lower_bound=1)
        return [top.alias(f"achievement_top_{q}"), bottom.alias(f"achievement_bottom_{q}"), divisor.alias(f"divisor_{q}")]

    def _available(self, q: int, last: int) -> list[pl.Expr]:
        brought = pl.col(f"carried_{last}")
        return [
            brought.alias(f"brought_forward_{q}"),
            (pl.col(f"own_{q}") + brought).alias(f"available_{q}"),
            (pl.col(f"to_date_{last}") + pl.col(f"own_{q}")).alias(f"to_date_{q}"),
        ]

    def _carried(self, q: int, last: int) -> list[pl.Expr]:
        # in a quarter without a practice nothing is earned, and nothing taken back
        earned = pl.when(f"paid_{q}").then(f"earned_{q}").otherwise(0)
        left = pl.col(f"available_{q}") - earned if self.performance.carries_forward else pl.lit(0, dtype=pl.Int64)
        return [left.alias(f"carried_{q}"), (pl.col(f"before_{last}") + earned).alias(f"before_{q}")]

    def _lines(self, part: pl.DataFrame, quarter: Quarter) -> pl.DataFrame:
        q = quarter.number
        wide = [pl.col(f"{c}_{q}").cast(pl.Int128).alias(c) for c in ("achievement_top", "achievement_bottom", "share_top", "share_bottom")]
        return part.filter(pl.col(f"paid_{q}")).select(
            pl.lit(quarter.key, dtype=pl.Int32).alias("quarter"),
            "network",
            "indicator",
            *(pl.col(f"{c}_{q}").alias(c) for c in COUNTS),
            pl.col(f"state_{q}").alias("state"),
            *wide,
            *(pl.col(f"{c}_{q}").alias(c) for c in ("brought_forward", "available", "earned")),
        )


def _beside(grid: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """The grid with the counts of its networks and indicators beside it, 0 where there are none.

    Both are sorted, and every line counted is one of the grid's, so as a rule no join is needed.
    """
    keys = ["network", "indicator"]
    if counts.height == grid.height:
        return grid.hstack(counts.drop(keys))
    joined = grid.join(counts, on=keys, how="left", maintain_order="left")
    return joined.with_columns(pl.col(counts.drop(keys).columns).fill_null(0))


def no_lines() -> pl.DataFrame:
    """The frame of lines where nothing is judged."""
    keys = {"quarter": pl.Int32, "network": pl.UInt32, "indicator": pl.UInt32}
    counts = dict.fromkeys(COUNTS, pl.Int64)
    wide = dict.fromkeys(("achievement_top", "achievement_bottom", "share_top", "share_bottom"), pl.Int128)
    money = dict.fromkeys(("brought_forward", "available", "earned"), pl.Int64)
    return pl.DataFrame(schema={**keys, **counts, "state": pl.String, **wide, **money, "package": pl.UInt32})


def _prepared(performance: Performance, quarter: Quarter) -> list[pl.Expr]:
    """Eligible patients, and the state that decides whether a line is paid by its achievement."""
    q = quarter.number
    eligible = pl.col(f"denominator_{q}") - pl.col(f"excluded_{q}")
    missing = pl.col(f"expected_{q}") > pl.col(f"present_{q}") + pl.col(f"withheld_{q}")
    state = pl.when(eligible <= 0).then(pl.lit("no patients")).otherwise(pl.lit("counted"))
    for policy, words, condition in (
        (performance.withheld, "counts withheld", pl.col(f"withheld_{q}") > 0),
        (performance.missing_data, "counts missing", missing),
    ):
        if policy == "pays nothing":
            state = pl.when(condition).then(pl.lit(words)).otherwise(state)
    return [eligible.alias(f"eligible_{q}"), state.alias(f"state_{q}")]


def _stored(frame: pl.DataFrame, name: str) -> Columns:
    """A fraction from its two columns, with the sizes that they have."""
    top, bottom = f"{name}_top", f"{name}_bottom"
    return Columns.of(top, _largest(frame, top), bottom, _largest(frame, bottom))


def _largest(frame: pl.DataFrame, column: str) -> int:
    """The largest size in an integer column, 0 in an empty one. Raises TooLarge where the column could not hold a value."""
    series = frame[column]
    if series.null_count():
        raise TooLarge(column)
    return int(str(series.cast(pl.Int128).abs().max() or 0))


def _shape(curve: Curve) -> str:
    """What is left of a curve when its numbers are taken out: curves of one shape are settled together."""
    return repr(with_numbers(curve, lambda *_: ZERO))


def _with_parameters(part: pl.DataFrame, curves: dict[int, Curve]) -> tuple[pl.DataFrame, Curve]:
    """Curves of one shape as one curve whose numbers are columns; numbers that are the same for all stay constants."""
    example, rows = next(iter(curves.values())), [numbers(c) for c in curves.values()]
    table, made = pl.DataFrame({"indicator": list(curves)}, schema={"indicator": pl.UInt32}), []
    for i, values in enumerate(zip(*rows, strict=True)):
        if len(set(values)) == 1:
            made.append(values[0])
            continue
        common = lcm(*(v.denominator for v in values))
        tops = [int(v * common) for v in values]
        largest = max(map(abs, tops))
        if largest >= NARROW:
            raise TooLarge("curve parameters")
        table = table.with_columns(pl.Series(f"parameter_{i}", tops, dtype=pl.Int64))
        made.append(Columns.of(f"parameter_{i}", largest, common))
    if table.width > 1:
        part = part.join(table, on="indicator", how="left", maintain_order="left")
    parameters = iter(made)
    return part, with_numbers(example, lambda *_: next(parameters))
