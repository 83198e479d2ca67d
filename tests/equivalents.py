"""Mutants that change nothing anybody could notice: looked at one by one, each with its reason. Read by mutants.py."""

from __future__ import annotations

#: Module, the line as it stands, the line as it was changed (both as `ast.unparse` writes them): why nobody could notice.
EQUIVALENT: dict[tuple[str, str, str], str] = {
    ("money", "above = x >= 0", "above = x > 0"): "at nothing both sides of the mirror round to nothing",
    (
        "money",
        "return toward_more(x) if above is True else choose(above, toward_more(x), -toward_more(-x))",
        "return toward_more(x) if False else choose(above, toward_more(x), -toward_more(-x))",
    ): "choose takes a plain yes as well: the shortcut only saves work",
    **{
        ("splits", "split = Split((Shares(None, upfront, 1 - upfront),))", f"split = Split((Shares(None, upfront, {other}),))"): (
            "what a quarter pays is worked out from the upfront share; the rest is the rest"
        )
        for other in ("1 + upfront", "2 - upfront")
    },
    (
        "exact",
        "fraction = fraction.rstrip('0').ljust(least_places, '0')",
        "fraction = fraction.rstrip('0x').ljust(least_places, '0')",
    ): "among digits there is no x",
    (
        "curves",
        "return decimal(cut * 100, 2, least_places=2) + '%'",
        "return decimal(cut * 100, 3, least_places=2) + '%'",
    ): "what is cut to hundredths has no third place",
    (
        "bands",
        "ways = {b.word in ('at least', 'above') for b in self.bands}",
        "ways = {b.word not in ('at least', 'above') for b in self.bands}",
    ): "how many ways there are is the same of their opposites",
    (
        "amounts",
        "unit = to.value or ONE",
        "unit = to.value or ZERO",
    ): "a step that rounds to multiples of a name or of nothing is refused before it settles anything",
    (
        "points",
        "share = yes_or_no(at(indicator.done), indicator.done) if indicator.done else ZERO",
        "share = yes_or_no(at(indicator.done), indicator.done) if True else ZERO",
    ): "an indicator with neither a curve nor `done` is refused before it settles anything",
    (
        "points",
        "share = yes_or_no(at(indicator.done), indicator.done) if indicator.done else ZERO",
        "share = yes_or_no(at(indicator.done), indicator.done) if indicator.done else ONE",
    ): "an indicator with neither a curve nor `done` is refused before it settles anything",
    (
        "entitlement",
        "bound = max(values.values(), default=0)",
        "bound = max(values.values(), default=1)",
    ): "without networks there is no number that a bound could be wrong for",
    (
        "entitlement",
        "fine = common > MOST",
        "fine = common >= MOST",
    ): "a rest of 2^62 still fits, so both ways of dividing come to the same",
    (
        "entitlement",
        "split = [(pot, pot * 0) if fine else (pot % common, pot // common) for pot in pots]",
        "split = [(pot, pot * 0) if True else (pot % common, pot // common) for pot in pots]",
    ): "every pot as a rest of its own is divided the same, and slower",
    (
        "entitlement",
        "split = [(pot, pot * 0) if fine else (pot % common, pot // common) for pot in pots]",
        "split = [(pot, pot + 0) if fine else (pot % common, pot // common) for pot in pots]",
    ): "where weights are fine, rounds are multiplied by nothing",
    (
        "entitlement",
        "split = [(pot, pot * 0) if fine else (pot % common, pot // common) for pot in pots]",
        "split = [(pot, pot * 1) if fine else (pot % common, pot // common) for pot in pots]",
    ): "where weights are fine, rounds are multiplied by nothing",
    (
        "entitlement",
        "rests = sorted({rest for pot, _ in split for rest in pot.unique()})",
        "rests = list({rest for pot, _ in split for rest in pot.unique()})",
    ): "patterns are looked up, in whatever order they stand",
    (
        "entitlement",
        "rounds = {numbers[iid]: pl.col('rounds') * (0 if fine else part) for iid, part in zip(by_id, parts, strict=True)}",
        "rounds = {numbers[iid]: pl.col('rounds') * (1 if fine else part) for iid, part in zip(by_id, parts, strict=True)}",
    ): "where weights are fine, there are no rounds",
    (
        "columns",
        "return self.top.in_size(0).cast(pl.Int64).alias(name)",
        "return self.top.in_size(1).cast(pl.Int64).alias(name)",
    ): "0 and 1 ask alike for no more room than the number itself needs",
    (
        "columns",
        "return [self.top.in_size(0).alias(f'{name}_top'), self.bottom.in_size(0).alias(f'{name}_bottom')]",
        "return [self.top.in_size(1).alias(f'{name}_top'), self.bottom.in_size(0).alias(f'{name}_bottom')]",
    ): "0 and 1 ask alike for no more room than the number itself needs",
    (
        "columns",
        "return [self.top.in_size(0).alias(f'{name}_top'), self.bottom.in_size(0).alias(f'{name}_bottom')]",
        "return [self.top.in_size(0).alias(f'{name}_top'), self.bottom.in_size(1).alias(f'{name}_bottom')]",
    ): "0 and 1 ask alike for no more room than the number itself needs",
    ("entitlement", "MOST = 2 ** 62", "MOST = 2 * 62"): "more pots are divided one by one, to the same pennies, and slower",
    **{
        (
            "members",
            "return cls(code, name, stays if len(stays) < 2 else tuple(sorted(stays, key=lambda s: s.first or 0)))",
            f"return cls(code, name, stays if {other})",
        ): why
        for other, why in (
            (
                "False else tuple(sorted(stays, key=lambda s: s.first or 0))",
                "one stay is in order: the shortcut saves a sort for each practice",
            ),
            ("len(stays) < 2 else tuple(sorted(stays, key=lambda s: s.first or 1))", "no month that is written is as early as either"),
        )
    },
    **{
        ("members", "if len(practice.stays) > 1:", f"if {other}:"): "one stay meets no other: the shortcut saves a call for each practice"
        for other in ("True", "len(practice.stays) >= 1")
    },
}
