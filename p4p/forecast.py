"""From the quarters so far to the year end."""

from __future__ import annotations

from typing import Literal

from p4p.activity import Activity
from p4p.assumptions import NOTHING, Assumptions
from p4p.contract import Contract
from p4p.members import Members
from p4p.period import Year

Method = Literal["run-rate", "last-year", "draws"]


def forecast(
    contract: Contract,
    members: Members,
    activity: Activity,
    year: Year,
    method: Method,
    assumptions: Assumptions = NOTHING,
    *,
    n: int = 10_000,
    seed: int = 1,
) -> Forecast:
    """Forecast a year from its quarters that are complete in the activity. Raises UsageError where there is none, or last year is not to be had."""
    raise NotImplementedError


class Forecast:
    """The result. See sweep_screen.show_forecast(forecast), sweep_tables.forecast_csv(forecast), sweep_tables.forecast_json(forecast)."""
