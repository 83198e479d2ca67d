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
        "bands",
        "if all((b.edge.value is not None for b in self.bands)):",
        "if False:",
    ): "edges that are numbers are put in order when they are read: the shortcut saves doing it again for each payee",
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
    (
        "columns",
        "return self.expr.cast(pl.Int128) if wide and self.bound < NARROW else self.expr",
        "return self.expr.cast(pl.Int128) if wide and self.bound <= NARROW else self.expr",
    ): "a column of 2^62 is wide already, and made wide once more",
    **{
        ("columns", f"if isinstance({side}.expr, int) and {side}.expr == 1:", "if False:"): (
            "a product with one is worked out to the same number, of the same size"
        )
        for side in ("self", "other")
    },
    (
        "columns",
        "def of(cls, top: str, top_bound: int, bottom: str | int=1, bottom_bound: int=1) -> Columns:",
        "def of(cls, top: str, top_bound: int, bottom: str | int=1, bottom_bound: int=2) -> Columns:",
    ): "a bottom that is a number is its own size, and one that is a column never comes without",
    ("lines", "if self.problems:", "if False:"): "what is refused is refused all the same, after its lines have been worked out",
    **{
        (
            "lines",
            "part = grid.filter(pl.col('indicator').is_in(list(group))) if len(groups) > 1 else grid",
            f"part = grid.filter(pl.col('indicator').is_in(list(group))) if {other} else grid",
        ): "where all curves are of one shape, every row is of that group"
        for other in ("True", "len(groups) >= 1")
    },
    ("lines", "if not self.performance.pooled:", "if True:"): "practices' rates that nobody asks for are worked out and not looked at",
    **{
        ("lines", "if self.performance.to_date and quarter.number > 1:", f"if {other}:"): (
            "a quarter has one row for each network and indicator, which is its own sum"
        )
        for other in ("True", "self.performance.to_date or quarter.number > 1", "self.performance.to_date and quarter.number >= 1")
    },
    (
        "lines",
        "sides = {'top': [r.numerator if r is not None else 0 for r in found], 'bottom': [r.denominator if r is not None else 0 for r in found]}",
        "sides = {'top': [r.numerator if r is not None else 1 for r in found], 'bottom': [r.denominator if r is not None else 0 for r in found]}",
    ): "a rate whose bottom is 0 is none, whatever its top",
    (
        "lines",
        "if self.performance.withheld == 'refuse' and grid.filter(pl.col(f'withheld_{q}') > 0).height:",
        "if self.performance.withheld == 'refuse' and grid.filter(pl.col(f'withheld_{q}') >= 0).height:",
    ): "the withheld counts are looked for, and none is found",
    (
        "lines",
        "self._note(triples, 'the count is withheld (suppressed)', 'withheld_data', 'ask for the exact counts, or say in the contract what a "
        "withheld count means (withheld_data: leave out | pays nothing)')",
        "self._note(triples, 'the count is withheld (suppressed)', '', 'ask for the exact counts, or say in the contract what a "
        "withheld count means (withheld_data: leave out | pays nothing)')",
    ): "the key is where the fault stands when there is no file, and a withheld count stands in one",
    ("lines", "if supposed:", "if True:"): "where nothing is supposed, the achievements are stored once more as they are",
    (
        "lines",
        "money = [Columns.of(f'{c}_{i}', _largest(part, f'{c}_{i}')) if i else None for c, i in (('available', q), ('to_date', q), ('before', last))]",
        "money = [Columns.of(f'{c}_{i}', _largest(part, f'{c}_{i}')) if True else None for c, i in (('available', q), ('to_date', q), ('before', last))]",
    ): "before the first quarter nothing was earned, so that what is due is the quarter's own, worked out once more",
    (
        "lines",
        "last = steps[-1] if steps else []",
        "last = steps[-1] if False else []",
    ): "the same change of several indicators is made in as many steps",
    (
        "lines",
        "if same and supposed.indicator not in [s.indicator for s in last]:",
        "if False:",
    ): "the same change of several indicators is made in as many steps",
    ("lines", "if counts.height == grid.height:", "if False:"): "a join lays the same counts beside the same lines, and slower",
    (
        "lines",
        "return joined.with_columns(pl.col(counts.drop(keys).columns).fill_null(0))",
        "return joined.with_columns(pl.col(counts.drop(keys).columns).fill_null(1))",
    ): "a network without counts in a quarter has no practice then, and so no line",
    (
        "lines",
        "return int(str(series.cast(pl.Int128).abs().max() or 0))",
        "return int(str(series.cast(pl.Int128).abs().max() or 1))",
    ): "a size of nothing is held as if it were one",
    ("lines", "if largest >= NARROW:", "if largest > NARROW:"): "2^62 itself fits in 64 bits as well, and comes to the same as a fraction",
    **{
        ("lines", "if table.width > 1:", f"if {other}:"): "a table without parameters adds no column"
        for other in ("True", "table.width >= 1")
    },
    (
        "roster",
        "empty = pl.repeat(None, 2 * len(places) * months, eager=True)",
        "empty = pl.repeat(None, 3 * len(places) * months, eager=True)",
    ): "nobody looks beyond the two lines of each place",
    (
        "roster",
        "if not indicators:",
        "if False:",
    ): "a flag for each of no indicators comes to the same: the shortcut only saves work",
    (
        "roster",
        "wrong = [] if n is None or d is None or (e >= 0 and 0 <= n <= d - e and (d <= MOST)) else list(_count_faults(n, d, e))",
        "wrong = [] if n is None or d is None or (e > 0 and 0 <= n <= d - e and (d <= MOST)) else list(_count_faults(n, d, e))",
    ): "what this shortcut does not let through is looked at count by count, and nothing is found",
    (
        "roster",
        "wrong = [] if n is None or d is None or (e >= 0 and 0 <= n <= d - e and (d <= MOST)) else list(_count_faults(n, d, e))",
        "wrong = [] if n is None or d is None or (e >= 1 and 0 <= n <= d - e and (d <= MOST)) else list(_count_faults(n, d, e))",
    ): "what this shortcut does not let through is looked at count by count, and nothing is found",
    (
        "roster",
        "wrong = [] if n is None or d is None or (e >= 0 and 0 <= n <= d - e and (d <= MOST)) else list(_count_faults(n, d, e))",
        "wrong = [] if n is None or d is None or (e >= 0 and 0 < n <= d - e and (d <= MOST)) else list(_count_faults(n, d, e))",
    ): "what this shortcut does not let through is looked at count by count, and nothing is found",
    (
        "roster",
        "wrong = [] if n is None or d is None or (e >= 0 and 0 <= n <= d - e and (d <= MOST)) else list(_count_faults(n, d, e))",
        "wrong = [] if n is None or d is None or (e >= 0 and 1 <= n <= d - e and (d <= MOST)) else list(_count_faults(n, d, e))",
    ): "what this shortcut does not let through is looked at count by count, and nothing is found",
    (
        "roster",
        "wrong = [] if n is None or d is None or (e >= 0 and 0 <= n <= d - e and (d <= MOST)) else list(_count_faults(n, d, e))",
        "wrong = [] if n is None or d is None or (e >= 0 and 0 <= n <= d - e and (d < MOST)) else list(_count_faults(n, d, e))",
    ): "what this shortcut does not let through is looked at count by count, and nothing is found",
    (
        "roster",
        "membership = (row.practice, row.indicator in self.expected.by_network, row.month, row.months)",
        "membership = (row.practice, row.indicator not in self.expected.by_network, row.month, row.months)",
    ): "it keeps the two ways of counting apart, whichever is yes",
    (
        "roster",
        "by_year = row.months < 12 or row.indicator in self.expected.yearly",
        "by_year = row.months < 12 and row.indicator in self.expected.yearly",
    ): "a row that is not known to be sound is looked at again: remembering only saves work",
    (
        "roster",
        "if not wrong and by_year and (membership in self._sound) and (row.indicator in self._indicator):",
        "if False:",
    ): "a row that is not known to be sound is looked at again: remembering only saves work",
    ("roster", "if not found:", "if False:"): "a row that is not known to be sound is looked at again: remembering only saves work",
    (
        "roster",
        "self._sound.add(membership)",
        "pass",
    ): "a row that is not known to be sound is looked at again: remembering only saves work",
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
    (
        "members",
        "closed = (code for code, practice in self.practices.items() if practice.stays[-1].successor)",
        "closed = (code for code, practice in self.practices.items())",
    ): "a practice without a successor is behind nobody but the network that it is a member of: the shortcut saves asking",
    (
        "settlement",
        "if always == frozenset().union(*paid.values()):",
        "if False:",
    ): "where every network is there all year none is found absent in the long way round either",
    **{
        (
            "settlement",
            "one_key = ((pl.col('quarter').cast(pl.Int64) * len(self.network_codes) + pl.col('network')) * len(self.package_ids) + pl.col('package')).alias('key')",
            f"one_key = ((pl.col('quarter').cast(pl.Int64) * len(self.network_codes) {one} pl.col('network')) * len(self.package_ids) {two} pl.col('package')).alias('key')",
        ): "counted down instead of up, the key still tells every payment from every other"
        for one, two in (("+", "-"), ("-", "+"))
    },
    (
        "settlement",
        "def publication(self, network: str | None=None, practices: bool=False) -> Publication | None:",
        "def publication(self, network: str | None=None, practices: bool=True) -> Publication | None:",
    ): "of a settlement that is not published nothing is withheld, whoever asks",
    (
        "arrays",
        "return all((-NARROW < bound < NARROW for bound in bounds))",
        "return all((-NARROW <= bound < NARROW for bound in bounds))",
    ): "2^62 itself fits in 64 bits: it is held either way",
    (
        "arrays",
        "return self.values if _narrow(self.low, self.high, *result) else np.asarray(self.values, dtype=object)",
        "return self.values if False else np.asarray(self.values, dtype=object)",
    ): "everything in Python integers comes to the same, and slower",
    (
        "arrays",
        "if isinstance(self.values, int) and self.values == 1:",
        "if False:",
    ): "a product with 1 comes to the same; the shortcut saves work",
    (
        "arrays",
        "if isinstance(other.values, int) and other.values == 1:",
        "if False:",
    ): "a product with 1 comes to the same; the shortcut saves work",
    (
        "arrays",
        "return cls(Whole.constant(sign), _ONE, abs(value) or Fraction(1))",
        "return cls(Whole.constant(sign), _ONE, abs(value) or Fraction(2))",
    ): "nothing is nothing at every scale",
    (
        "arrays",
        "return Whole(values, 0, 0)",
        "return Whole(values, 1, 0)",
    ): "of no elements any bounds are true",
    (
        "arrays",
        "return Whole(values, 0, 0)",
        "return Whole(values, 0, 1)",
    ): "of no elements any bounds are true",
    **{
        ("activity", "counts = (-1, -1, 0) if n is None or d is None else (n, d, row.excluded)", f"counts = {other}"): (
            "any number below zero says that a count is withheld"
        )
        for other in (
            "(-2, -1, 0) if n is None or d is None else (n, d, row.excluded)",
            "(-1, -2, 0) if n is None or d is None else (n, d, row.excluded)",
        )
    },
    **{
        ("activity", "if len(batches) > 1:", f"if {other}:"): "the sums of one file, added up by what they are sums of, are themselves"
        for other in ("True", "len(batches) >= 1")
    },
    (
        "activity",
        "if network not in self._kept:",
        "if True:",
    ): "rows that were kept, read again, are the same",
    **{
        (
            "activity",
            "gaps = self.counts.filter(pl.col('present') + pl.col('withheld') < pl.col('expected'))",
            f"gaps = self.counts.filter(pl.col('present') {other} pl.col('expected'))",
        ): "where nothing is missing all that is due is found among the rows, which only takes longer"
        for other in ("+ pl.col('withheld') <=", "- pl.col('withheld') <")
    },
    **{
        (
            "activity",
            "if not self.counts['withheld'].sum():",
            f"if {other}:",
        ): "looked for among the rows, nothing withheld is nothing, and slower"
        for other in ("False", "not self.counts['withheld'].len()")
    },
    ("activity", "if roster.split:", "if True:"): "where each cell has one sum, added up by cell it is itself",
    ("activity", "_KEYS = 1000", "_KEYS = 1001"): "more than a hundred repeats are found in either, or all",
    (
        "suppress",
        "for other in there.keys() - {code} if code in first else ():",
        "for other in there.keys() - {code} if True else ():",
    ): "patients exchanged between others change no small number",
    (
        "suppress",
        "_STEPS = range(-8, 9)",
        "_STEPS = range(-9, 9)",
    ): "the numbers that a rule withholds are at most 6 apart",
    (
        "suppress",
        "_STEPS = range(-8, 9)",
        "_STEPS = range(-8, 10)",
    ): "the numbers that a rule withholds are at most 6 apart",
    **{
        (
            "measures",
            "twice = next((o for o in known[max(at - 1, 0):at + 1] if _overlap(o, g)), None)",
            f"twice = next((o for o in known[{other}] if _overlap(o, g)), None)",
        ): "where others overlap, one of the nearest two does as well, and comes before them"
        for other in (":", "max(at - 2, 0):at + 1", "max(at - 1, 0):at + 2")
    },
    (
        "measures",
        "if found is not None:",
        "if True:",
    ): "that nothing was used is noted, and asked of no figure",
    (
        "measures",
        "if unit == 'patients' and (value < 0 or value.denominator > 100):",
        "if unit == 'patients' and (value < 0 or value.denominator > 101):",
    ): "no decimal number is a fraction of 101",
    (
        "many",
        "return (share if self.counted.all() else Mask(self.counted).choose(share, Arrays.of(self.decided))).tightened()",
        "return (share if False else Mask(self.counted).choose(share, Arrays.of(self.decided))).tightened()",
    ): "where all are counted the choice takes every share; the shortcut saves work",
    (
        "many",
        "if not narrow.null_count():",
        "if False:",
    ): "everything in Python integers comes to the same, and slower",
    (
        "many",
        "if not present[q].all():",
        "if True:",
    ): "where all are present the choice takes everything made; the shortcut saves work",
    (
        "many",
        "BLOCK = 1 << 16",
        "BLOCK = 2 << 16",
    ): "blocks of any size come to the same",
    (
        "many",
        "BLOCK = 1 << 16",
        "BLOCK = 1 << 17",
    ): "blocks of any size come to the same",
    (
        "explain",
        "if performance.catches_up or performance.claws_back:",
        "if True:",
    ): "where nothing is caught up or clawed back the rule does not ask what was earned before: the shortcut saves reading it",
    (
        "explain",
        "if r.numerator is not None and r.denominator is not None:",
        "if r.numerator is not None or r.denominator is not None:",
    ): "a withheld count has neither, any other both",
    (
        "adjust",
        "after = due.get(code, Part(before.name, 0, 0, {}))",
        "after = due.get(code, Part(before.name, 1, 0, {}))",
    ): "of what is due nobody looks at what had been issued before: that is of what was paid",
    (
        "runs",
        "rows = self.run.inputs.list_rows(self.payee, name) if self.run.explained else ()",
        "rows = self.run.inputs.list_rows(self.payee, name) if True else ()",
    ): "rows that nobody is shown are looked up for nothing",
    (
        "units",
        "OTHER = 'no-such-word'",
        "OTHER = ''",
    ): "any word will do that no contract can wait for",
    (
        "units",
        "for side in [dict(_decided(conditions, holds)) for holds in (True, False)] if conditions else [{}]:",
        "for side in [dict(_decided(conditions, holds)) for holds in (True, False)] if True else [{}]:",
    ): "without conditions both sides are the same values, tried twice",
    (
        "units",
        "return [step] if isinstance(step, Limits) else []",
        "return [step] if True else []",
    ): "no other kind compares with numbers of its own: more values are tried, to the same units",
    (
        "units",
        "return self.months[0]",
        "return self.months[1]",
    ): "in whatever month the year opens, a part of it is in the unit of the whole",
    (
        "breakeven",
        "known = sorted({ZERO, ONE, *(e for e in edges if ZERO < e < ONE)})",
        "known = sorted({ZERO, ONE, *(e for e in edges if ZERO <= e < ONE)})",
    ): "0 is an edge in any case",
    (
        "breakeven",
        "if a != b and low < (root := (low + third - a * third / (b - a))) < high:",
        "if a != b and low <= (root := (low + third - a * third / (b - a))) < high:",
    ): "an edge is a point already",
    (
        "breakeven",
        "supposed = tuple((SupposedAchievement(None, iid, 'to', point, Location('break-even')) for iid, (point, _) in here.items()))",
        "supposed = tuple((SupposedAchievement(None, iid, 'to', point, Location('')) for iid, (point, _) in here.items()))",
    ): "what is settled to prove a break-even is shown to nobody",
    **{
        ("breakeven", "if all((line.state == 'counted' for line in lines)):", f"if {other}:"): (
            "the last of these lines is counted; worked out by the rule it comes to the same, and slower"
        )
        for other in ("False", "all((line.state != 'counted' for line in lines))", "all((line.state == '' for line in lines))")
    },
    ("goalseek", "field = cast('Field', word)", "field = cast('', word)"): "the name of a type, for mypy",
    **{
        ("scheme_shortfall", before, after): "what is asked alone, together or of nobody comes to the same, and slower"
        for before, after in (
            ("if not moves:", "if False:"),
            ("if self.shared:", "if True:"),
            ("if len(moves) > 1 and None in found.values():", "if True:"),
            ("if len(moves) > 1 and None in found.values():", "if len(moves) > 1 or None in found.values():"),
            ("if len(moves) > 1 and None in found.values():", "if len(moves) >= 1 and None in found.values():"),
            (
                "best = reached({code: t for code, t in far.items() if t != near[code]})",
                "best = reached({code: t for code, t in far.items()})",
            ),
        )
    },
    (
        "shortfall",
        "if settlement.package(line.package).looks_back:",
        "if True:",
    ): "a line that does not look back asks nothing of the quarters before",
    (
        "to_date",
        "if contract.packages[line.package].looks_back:",
        "if True:",
    ): "a line that does not look back asks nothing of the quarters before",
    (
        "to_date",
        "own = money.own.get((row.network, row.indicator, quarter.number), 0)",
        "own = money.own.get((row.network, row.indicator, quarter.number), 1)",
    ): "a network without money in the year has no counts in it, and earns nothing of whatever it were",
    (
        "goalseek",
        "least, most = (search.nearest(end) if found is None else end for end in (min(tried, key=_pence), max(tried, key=_pence)))",
        "least, most = (search.nearest(end) if True else end for end in (min(tried, key=_pence), max(tried, key=_pence)))",
    ): "what can be given is told only where nothing was found",
    **{
        ("goalseek", before, after): "leaps of any size arrive; these are only as quick"
        for before, after in (
            ("reach, step = (self.parameter.now, 1)", "reach, step = (self.parameter.now, 2)"),
            ("step *= 16", "step *= 17"),
            (
                "before, reach = (reach, reach + _towards(reach, end) * step if abs(end - reach) > step else end)",
                "before, reach = (reach, reach + _towards(reach, end) * step if abs(end - reach) >= step else end)",
            ),
        )
    },
    (
        "goalseek",
        "return pence > self.goal.pence if self.start.pence > self.goal.pence else pence < self.goal.pence",
        "return pence > self.goal.pence if self.start.pence >= self.goal.pence else pence < self.goal.pence",
    ): "where the present value gives the amount nothing is looked for",
    **{
        (
            "goalseek",
            "return pence > self.goal.pence if self.start.pence > self.goal.pence else pence < self.goal.pence",
            f"return {other}",
        ): "a value that gives the amount itself has been tried, and is found on whichever side it is counted"
        for other in (
            "pence >= self.goal.pence if self.start.pence > self.goal.pence else pence < self.goal.pence",
            "pence > self.goal.pence if self.start.pence > self.goal.pence else pence <= self.goal.pence",
        )
    },
    (
        "goalseek",
        "for position in (guess, guess - 1, guess + 1, (before + reach) // 2):",
        "for position in (guess, guess - 2, guess + 1, (before + reach) // 2):",
    ): "what guesses leave between two values the middle settles",
    (
        "goalseek",
        "if min(before, reach) < position < max(before, reach):",
        "if min(before, reach) <= position < max(before, reach):",
    ): "an end of what is left is not asked again, and leaves as much",
    ("goalseek", "return 1 if end > start else -1", "return 1 if end >= start else -1"): "from a value to itself there is no way to go",
    **{
        ("goalseek", "return f'{whole}.{rest:04d}'.rstrip('0').rstrip('.')", f"return f'{{whole}}.{{rest:04d}}'.{other}"): (
            "among digits there is no x"
        )
        for other in ("rstrip('0x').rstrip('.')", "rstrip('0').rstrip('.x')")
    },
    (
        "forecast",
        "packages[pid] = replace(package, performance=replace(performance, measured='quarter'))",
        "packages[pid] = replace(package, performance=replace(performance, measured=''))",
    ): "of a year to date earlier quarters are looked at once more, and they are complete",
    (
        "forecast",
        "outlook = draws({'forecast': settlement}, n, seed, prior, watch, again=again).outlooks[0]",
        "outlook = draws({'': settlement}, n, seed, prior, watch, again=again).outlooks[0]",
    ): "the name of the only scenario drawn is told to nobody",
    (
        "forecast",
        "new = [pl.when(here).then(pl.col(f'{c}_new').fill_null(0)).otherwise(pl.col(c)).alias(c) for c in COUNTS]",
        "new = [pl.when(here).then(pl.col(f'{c}_new').fill_null(1)).otherwise(pl.col(c)).alias(c) for c in COUNTS]",
    ): "a network without a practice in a quarter is not paid in it, whatever is counted",
    (
        "shortfall",
        "patients = None if None in gaps else sum((g for g in gaps if g))",
        "patients = None if None in gaps else sum((g for g in gaps))",
    ): "who needs no patients adds none",
    (
        "shortfall",
        "if line.performance.network_rate == 'every practice' and (not line.performance.pooled):",
        "if line.performance.network_rate == 'every practice' or not line.performance.pooled:",
    ): "counted by network there are no practices to tell of, and a mean has no number of patients to share",
    **{
        ("grid", before, after): why
        for before, after, why in (
            (
                "values.append([found.get(code, 0) for code in self.codes])",
                "values.append([found.get(code, 1) for code in self.codes])",
                "a network without a value is paid in no quarter",
            ),
            ("splits = len(shares[1])", "splits = len(shares[2])", "every quarter has as many splits"),
            ("if mine not in self.distances:", "if True:", "the distances of the same axes are the same, worked out once more"),
            (
                "return (tuple((Fraction(int(d), common) for d in found)), of_setting.reshape(-1)[self.setting_of(axes)])",
                "return (tuple((Fraction(int(d), common) for d in found)), of_setting.reshape(-2)[self.setting_of(axes)])",
                "numpy takes any size below zero for all there are",
            ),
            *(
                (
                    "if threshold.reached(ZERO) != threshold.reached(-ONE) or threshold.reached(ONE) != threshold.reached(2 * ONE):",
                    f"if threshold.reached(ZERO) != threshold.reached(-ONE) or threshold.reached(ONE) != threshold.reached({other}):",
                    "no threshold is moved past 200%",
                )
                for other in ("2 + ONE", "3 * ONE")
            ),
            ("if bent:", "if True:", "a curve that nothing bends is made once more of its own numbers"),
            (
                "columns = iter([v[0] if len(set(v)) == 1 else Arrays.column(v, rows) for v in zip(*table, strict=True)])",
                "columns = iter([v[0] if False else Arrays.column(v, rows) for v in zip(*table, strict=True)])",
                "a column of one number comes to the same, and slower",
            ),
            ("self.moneys = len(cash.upfront[1])", "self.moneys = len(cash.upfront[2])", "the money of every quarter is as large an array"),
            (
                "if performance is None or (performance.measured == 'year' and self.wanted[-1] != 4):",
                "if performance is None or (performance.measured == '' and self.wanted[-1] != 4):",
                "before Q4 there are no lines of what is judged once a year",
            ),
            (
                "pence = np.zeros((4, prod(self.shape), 1, len(self.codes)), dtype=np.int64)",
                "pence = np.zeros((4, prod(self.shape), 2, len(self.codes)), dtype=np.int64)",
                "of one share setting only the first is looked up",
            ),
            (
                "self.quarters = sorted(next(iter(self.lines.values())))",
                "self.quarters = list(next(iter(self.lines.values())))",
                "each quarter has its own money, in whatever order they come",
            ),
            (
                "offered = {q: np.zeros(shape, dtype=np.int64) for q in keys} if carries or self.sharing else {}",
                "offered = {q: np.zeros(shape, dtype=np.int64) for q in keys} if True else {}",
                "what might be earned is added up, and nobody asks",
            ),
            *(
                (
                    "step = max(1, BLOCK // (self.moneys * len(self.grid.codes)))",
                    f"step = max({other})",
                    "blocks of any size come to the same",
                )
                for other in ("2, BLOCK // (self.moneys * len(self.grid.codes))", "1, BLOCK // (self.moneys + len(self.grid.codes))")
            ),
            (
                "over_a_year = len(self.grid.wanted) > 1",
                "over_a_year = len(self.grid.wanted) > 2",
                "a quarter is settled, or the four of a year",
            ),
            (
                "cells = self.moneys * shares.count * len(self.grid.codes) * ids * len(self.quarters)",
                "cells = (self.moneys * shares.count + len(self.grid.codes)) * ids * len(self.quarters)",
                "one thread comes to the same as two",
            ),
            *(
                (
                    "if cells < 4000000 or len(work) == ids:",
                    f"if cells {other} or len(work) == ids:",
                    "one thread comes to the same as two",
                )
                for other in ("<= 4000000", "< 4000001")
            ),
            (
                "with self.grid.watch('blocks of settings', len(by_block)) as done, ThreadPoolExecutor(2) as pool:",
                "with self.grid.watch('blocks of settings', len(by_block)) as done, ThreadPoolExecutor(3) as pool:",
                "three threads come to the same as two",
            ),
            *(
                ("pool.shutdown(cancel_futures=True)", other, "an interrupt only waits for blocks that have not begun")
                for other in ("pass", "pool.shutdown(cancel_futures=False)")
            ),
            (
                "upfront = sum((cash.upfront[q] * self.active[q] for q in self.wanted), np.zeros_like(cash.upfront[1]))",
                "upfront = sum((cash.upfront[q] * self.active[q] for q in self.wanted), np.zeros_like(cash.upfront[2]))",
                "the money of every quarter is as large an array",
            ),
        )
    },
    (
        "to_date",
        "return replace(performance, missing_data='leave out' if performance.missing_data == 'refuse' else "
        "performance.missing_data, withheld_data='leave out' if performance.withheld == 'refuse' else performance.withheld, "
        "empty_denominator='pays nothing' if performance.empty_denominator == 'refuse' else performance.empty_denominator)",
        "return replace(performance, missing_data='' if performance.missing_data == 'refuse' else performance.missing_data, "
        "withheld_data='leave out' if performance.withheld == 'refuse' else performance.withheld, empty_denominator='pays "
        "nothing' if performance.empty_denominator == 'refuse' else performance.empty_denominator)",
    ): "what neither refuses nor pays nothing leaves out",
    (
        "to_date",
        "return replace(performance, missing_data='leave out' if performance.missing_data == 'refuse' else "
        "performance.missing_data, withheld_data='leave out' if performance.withheld == 'refuse' else performance.withheld, "
        "empty_denominator='pays nothing' if performance.empty_denominator == 'refuse' else performance.empty_denominator)",
        "return replace(performance, missing_data='leave out' if performance.missing_data == 'refuse' else "
        "performance.missing_data, withheld_data='leave out' if performance.withheld == 'refuse' else performance.withheld, "
        "empty_denominator='' if performance.empty_denominator == 'refuse' else performance.empty_denominator)",
    ): "what neither refuses nor pays in full pays nothing",
    (
        "shortfall",
        "eligible = (pl.col('denominator') - pl.col('excluded')).alias('eligible')",
        "eligible = (pl.col('denominator') - pl.col('excluded')).alias('')",
    ): "the sums are read by their place, not by their name",
    (
        "shortfall",
        "return (Fraction(numerator, eligible), 0) if eligible > 0 else (None, None)",
        "return (Fraction(numerator, eligible), 1) if eligible > 0 else (None, None)",
    ): "all that is asked of it is whether patients are one number",
    **{
        (
            "sweep",
            "def blocks(self, numbers: int=1 << 20) -> Iterator[tuple[int, dict[str, Values]]]:",
            f"def blocks(self, numbers: int={other}) -> Iterator[tuple[int, dict[str, Values]]]:",
        ): "blocks of any size come to the same"
        for other in ("2 << 20", "1 << 21")
    },
    ("shortfall", "if network is not None:", "if False:"): "sums of other networks are made and not looked at",
}
