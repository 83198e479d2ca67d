"""Sweeps, draws and forecasts as CSV and JSON. Money is decimal text in pounds; see docs/sweeps.md."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from p4p.numbers.arrays import Values
from p4p.numbers.exact import decimal
from p4p.numbers.money import plain
from p4p.screens.tables import head, json_text, rows_csv
from p4p.settling.settlement import AMOUNTS
from p4p.whatif.axes import Axis
from p4p.whatif.chance import LIMITS, Chance, Outlook, Percentiles, Reached
from p4p.whatif.forecast import Expectation, Forecast
from p4p.whatif.sweep import Sweep

TOTAL = "total"


def sweep_csv(found: Sweep) -> str:
    """A row for each point and network, after a row for all networks together (payee `total`).

    One column for each axis, as a plain number in the unit its heading says. `difference` is payable less today's; of all networks together
    `least_shortfall` and `most_shortfall` are those of the networks one by one. With more than `sweep.MOST_ROWS` rows, the totals only.
    """
    today = [found.settlement.totals.payable, *(t.payable for t in found.settlement.by_network.values())]
    pieces = []
    for start, block in found.blocks() if found.every_network else [(0, {})]:
        points = slice(start, start + len(block["payable"]) if block else found.size)
        columns = {name: found.totals[name][points, None] for name in AMOUNTS}
        if block:
            columns = {name: np.concatenate([whole, block[name]], axis=1) for name, whole in columns.items()}
        columns["difference"] = columns["payable"] - np.array(today[: columns["payable"].shape[1]])
        pieces.append(_rows(found, points, columns))
    return "".join(frame.write_csv(include_header=i == 0) for i, frame in enumerate(pieces))


def _rows(found: Sweep, points: slice, columns: Mapping[str, Values]) -> pl.DataFrame:
    """The rows of some points: each point's total, then its networks, if they are to be told."""
    size, payees = columns["payable"].shape
    frame: dict[str, pl.Series] = {}
    for axis, place in zip(found.axes, found.places(points.start, points.stop), strict=True):
        written = pl.Series([_plain(axis, i) for i in range(len(axis.values))], dtype=pl.String)
        frame[_heading(axis)] = written.gather(pl.Series(np.repeat(place, payees)))
    row = np.tile(np.arange(payees), size)
    frame["payee"] = pl.Series([TOTAL, *found.networks][:payees]).gather(pl.Series(row))
    money = {name: pl.Series(values.reshape(-1)) for name, values in columns.items()}
    for name in ("least_shortfall", "most_shortfall"):
        money[name] = pl.Series(np.repeat(found.totals[name][points], payees)).set(pl.Series(row > 0), None)
    # whole pence times 0.01 in decimals of two places: exact, and three times as fast as putting the text together
    return pl.DataFrame(frame | money).with_columns(pl.col(list(money)).cast(pl.Decimal(20, 0)) * pl.lit(Decimal("0.01")))


def _heading(axis: Axis) -> str:
    unit = {"£": "pounds", "+%": "% change"}.get(axis.unit, axis.unit)
    return f"{axis.path} ({unit})"


def _plain(axis: Axis, i: int) -> str:
    """A value as a plain number in its axis's unit: `-12`, `65`, `10000.00`."""
    value = axis.values[i]
    return decimal(value / 100, 12, least_places=2) if axis.unit == "£" else decimal(value * 100, 12)


def sweep_json(found: Sweep) -> str:
    """The axes, today, and every point with its totals and its networks."""
    today = found.settlement.by_network
    points: list[dict[str, Any]] = []
    every = found.totals
    names = ("least_shortfall", "most_shortfall")
    for start, block in found.blocks():
        lists = {name: values.tolist() for name, values in block.items()}
        for row in range(len(lists["payable"])):
            point = start + row
            whole = {name: plain(int(every[name][point])) for name in (*AMOUNTS, *names)}
            whole["difference"] = plain(int(every["payable"][point]) - found.settlement.totals.payable)
            made: dict[str, Any] = {"at": list(found.words(point)), "totals": whole}
            if found.every_network:
                made["payees"] = [
                    {"payee": code, **{name: plain(lists[name][row][i]) for name in AMOUNTS}}
                    | {"difference": plain(lists["payable"][row][i] - today[code].payable)}
                    for i, code in enumerate(found.networks)
                ]
            points.append(made)
    now = {name: plain(getattr(found.settlement.totals, name)) for name in AMOUNTS}
    axes = [{"path": a.path, "values": [a.words(i) for i in range(len(a.values))]} for a in found.axes]
    return json_text(head(found.settlement.contract, found.settlement.period) | {"axes": axes, "today": now, "points": points})


SPREAD = ("counted", "low", "median", "high", "held_back")


def chance_csv(found: Chance) -> str:
    """For each scenario a row for each network and for `total`, then one for each threshold: in how many of the draws it was reached."""
    heading = ("scenario", "payee", "indicator", "period", "threshold", *SPREAD, "reached", "draws")
    rows: list[tuple[Any, ...]] = []
    for outlook in found.outlooks:
        for payee, spread in (*outlook.networks.items(), (TOTAL, outlook.total)):
            rows.append((outlook.name, payee, "", "", "", *_spread(spread).values(), "", found.n))
        for r in outlook.reached:
            rows.append((outlook.name, r.network, r.indicator, str(r.quarter), str(r.threshold), *("",) * 5, r.times, found.n))
    return rows_csv(heading, rows)


def chance_json(found: Chance) -> str:
    """The draws and their limits; for each scenario the spread of payments and the chance of each threshold."""
    return json_text(
        head(found.settlement.contract, str(found.period))
        | {"draws": found.n, "seed": found.seed, "prior": str(found.prior), "limits": list(LIMITS)}
        | {"scenarios": [_outlook(o) for o in found.outlooks]}
    )


def _outlook(outlook: Outlook) -> dict[str, Any]:
    reached: dict[str, list[dict[str, Any]]] = {code: [] for code in outlook.networks}
    for r in outlook.reached:
        reached.setdefault(r.network, []).append(_reached(r))
    payees = [{"payee": code, **_spread(s), "thresholds": reached[code]} for code, s in outlook.networks.items()]
    return {"scenario": outlook.name, "totals": _spread(outlook.total), "payees": payees}


def _reached(r: Reached) -> dict[str, Any]:
    return {"package": r.package, "indicator": r.indicator, "period": str(r.quarter), "threshold": str(r.threshold), "reached": r.times}


def _spread(spread: Percentiles) -> dict[str, str]:
    return {name: plain(getattr(spread, name)) for name in SPREAD}


EXPECTED = ("settled", "rest", "year", "accrual", "undecided", "to_catch_up")


def forecast_csv(found: Forecast) -> str:
    """A row for each network and for `total`; the spread of the year's payment where patients were drawn."""
    rows = [
        (payee, *(plain(getattr(e, f)) for f in EXPECTED), *_year_spread(e)) for payee, e in (*found.networks.items(), (TOTAL, found.total))
    ]
    return rows_csv(("payee", *EXPECTED, "low", "median", "high", "held_back"), rows)


def _year_spread(e: Expectation) -> tuple[str, ...]:
    return tuple(plain(getattr(e.spread, f)) if e.spread else "" for f in SPREAD[1:])


def forecast_json(found: Forecast) -> str:
    """How the forecast was made, and what is expected for each network and in total."""
    year = found.settlement.quarters[0].year
    drawn = {"draws": found.n, "seed": found.seed, "prior": str(found.prior), "limits": list(LIMITS)} if found.outlook else {}
    return json_text(
        head(found.settlement.contract, str(year))
        | {"method": found.method, "complete": list(map(str, found.complete)), "months_begun": found.begun}
        | drawn
        | {"totals": _expectation(found.total)}
        | {"payees": [{"payee": code, **_expectation(e)} for code, e in found.networks.items()]}
    )


def _expectation(e: Expectation) -> dict[str, Any]:
    spread = {f: plain(getattr(e.spread, f)) for f in SPREAD[1:]} if e.spread else {}
    return {f: plain(getattr(e, f)) for f in EXPECTED} | spread
