"""Makes `practices.csv` and `activity.csv` of the folder `tower-hamlets` beside this file.

EVERY COUNT, PRACTICE, CODE AND NAME IS INVENTED. Nothing here says how a real practice or network did. Only the eight
network populations are published, and which network has which is our choice.

The story of each network is in the tables of this file; the program shares it out to practices. Whole numbers only, and
no chance: what varies from practice to practice comes from `wobble`, so running this again writes the same bytes.

    python examples/make_tower_hamlets.py
"""

from __future__ import annotations

import csv
from pathlib import Path

FOLDER = Path(__file__).parent / "tower-hamlets"

MONTHS = [f"2009-{m:02d}" for m in range(4, 13)] + [f"2010-{m:02d}" for m in range(1, 4)]
OCTOBER = 6  # place of 2009-10 in MONTHS: the month in which practices join and merge

# code: name, population on 2009-04-01, relative sizes of its practices. Names are trees.
NETWORKS = {
    "N1": ("Alder", 33186, (30, 24, 19, 15, 12)),
    "N2": ("Beech", 28995, (35, 27, 22, 16)),
    "N3": ("Cherry", 35720, (29, 25, 20, 16, 10)),
    "N4": ("Damson", 29801, (32, 27, 23, 18)),
    "N5": ("Elder", 18027, (31, 26, 24, 19)),
    "N6": ("Field Maple", 27839, (36, 28, 20, 16)),
    "N7": ("Guelder", 29892, (33, 26, 23, 18)),
    "N8": ("Hawthorn", 31975, (27, 23, 20, 17, 13)),
}
ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth")

MERGED, INTO = "TH-14", "TH-13"  # both in N3; one practice from 2009-10-01
JOINER = ("TH-36", "Fifth Elder Practice", "N5", 2940)  # opens on 2009-10-01; its list is not in the published populations

# Tenths of a percent of the diabetes register in April and at the end of Q1, Q2, Q3, Q4; the months between lie on the line.
DIABETES = {
    "DM1": {  # care plan agreed; target 90%
        "N1": (210, 380, 640, 820, 907),  # reaches it in Q4
        "N2": (330, 610, 904, 917, 926),  # reaches it in Q2
        "N3": (110, 290, 520, 740, 862),  # never
        "N4": (230, 450, 720, 906, 913),  # reaches it in Q3
        "N5": (70, 140, 390, 690, 899),  # Q4: see EXACT
        "N6": (190, 420, 700, 851, 893),  # never, by a little
        "N7": (220, 500, 760, 880, 900),  # Q4: see EXACT
        "N8": (400, 610, 850, 914, 894),  # reaches it in Q3, falls back in Q4
    },
    "DM2": {  # retinal screening attended; target 80%
        "N1": (726, 735, 766, 803, 816),
        "N2": (748, 761, 791, 813, 829),
        "N3": (716, 720, 729, 740, 749),
        "N4": (731, 741, 771, 792, 807),
        "N5": (709, 715, 741, 762, 786),
        "N6": (757, 771, 802, 818, 832),
        "N7": (738, 746, 776, 798, 813),
        "N8": (776, 785, 800, 815, 826),  # Q2: see EXACT
    },
    "DM3": {  # blood pressure and cholesterol together; 40% to 50%
        "N1": (361, 372, 406, 439, 472),
        "N2": (372, 391, 428, 463, 504),
        "N3": (343, 352, 371, 392, 397),
        "N4": (362, 381, 412, 441, 463),
        "N5": (331, 340, 362, 398, 421),
        "N6": (384, 402, 431, 466, 498),
        "N7": (361, 377, 409, 436, 459),
        "N8": (382, 399, 440, 472, 458),  # falls back in Q4
    },
}
#: Counts that must come out just so. (indicator, network, month) -> (target in percent, patients more or less).
EXACT = {
    ("DM1", "N5", "2010-03"): (90, -1),  # one patient short: 90.0% to one decimal, but below 90%
    ("DM1", "N7", "2010-03"): (90, 0),  # exactly 90%
    ("DM2", "N8", "2009-09"): (80, 0),  # exactly 80%
}
#: Patients added to the register of a network's first practice from a month on, so that EXACT can be met in whole patients.
REGISTER_EXTRA = {("N7", 11): 2, ("N8", 5): 3}

#: First MMR by age two: children of the quarter who were NOT vaccinated in time, for each network. About 110 a quarter reach two.
UNVACCINATED = {
    "N1": (17, 10, 6, 3),  # never
    "N2": (4, 5, 4, 3),  # from Q1 on
    "N3": (25, 20, 13, 8),  # never
    "N4": (7, 5, 2, 3),  # reaches it, year to date, in Q3
    "N5": (8, 6, 5, 2),  # never
    "N6": (8, 5, 3, 2),  # late: year to date in Q4
    "N7": (4, 8, 2, 3),  # has it, loses it in Q2, has it again in Q3
    "N8": (13, 8, 5, 2),  # never
}


def wobble(*words: object) -> int:
    """A whole number from 0 to 999 that looks random and is always the same for the same words."""
    state = 2009
    for letter in "/".join(str(word) for word in words):
        state = (state * 31 + ord(letter)) % 1_000_003
    for _ in range(3):
        state = (state * 7919 + 104_729) % 1_000_003
    return state * 1000 // 1_000_003


def shared(total: int, weights: list[int]) -> list[int]:
    """`total` in whole parts, in proportion to the weights; what is left over goes to the largest remainders, first come first."""
    whole = sum(weights)
    parts = [total * w // whole for w in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts


def filled(total: int, weights: list[int], room: list[int]) -> list[int]:
    """As `shared`, with no part above its room: what does not fit goes to the others."""
    parts = [min(p, r) for p, r in zip(shared(total, weights), room, strict=True)]
    while sum(parts) < total:
        i = max(range(len(parts)), key=lambda i: (room[i] - parts[i], -i))
        parts[i] += 1
    return parts


def practices() -> list[dict[str, str]]:
    """The rows of `practices.csv`."""
    rows: list[dict[str, str]] = []
    for network, (tree, population, sizes) in NETWORKS.items():
        for i, size in enumerate(shared(population, list(sizes))):
            code = f"TH-{len(rows) + 1:02d}"
            rows.append(
                {
                    "practice": code,
                    "name": f"{ORDINALS[i]} {tree} Practice",
                    "network": network,
                    "network_name": f"{tree} Network",
                    "list_size": str(size),
                    "list_date": "2009-04-01",
                    "from": "",
                    "to": "2009-09-30" if code == MERGED else "",
                    "successor": INTO if code == MERGED else "",
                }
            )
    code, name, network, size = JOINER
    rows.append(
        {
            "practice": code,
            "name": name,
            "network": network,
            "network_name": f"{NETWORKS[network][0]} Network",
            "list_size": str(size),
            "list_date": "2009-10-01",
            "from": "2009-10-01",
            "to": "",
            "successor": "",
        }
    )
    return rows


def members(rows: list[dict[str, str]], network: str, month: int) -> list[str]:
    """The practices of a network in a month."""
    here = [row["practice"] for row in rows if row["network"] == network]
    gone = MERGED if month >= OCTOBER else JOINER[0]
    return [code for code in here if code != gone]


def sizes(rows: list[dict[str, str]], month: int) -> dict[str, int]:
    """List sizes; a practice that has taken in another has both lists."""
    lists = {row["practice"]: int(row["list_size"]) for row in rows}
    if month >= OCTOBER:
        lists[INTO] += lists[MERGED]
    return lists


def registers(rows: list[dict[str, str]], network: str, month: int) -> list[int]:
    """Patients on the diabetes register of each practice: 4.0% to 5.0% of its list, growing by 0.3% of itself a month."""
    lists = {row["practice"]: int(row["list_size"]) for row in rows}
    own = {code: size * (40_000 + 10 * wobble(code, "register")) * (1000 + 3 * month) // 1_000_000_000 for code, size in lists.items()}
    if month >= OCTOBER:
        own[INTO] += own[MERGED]
    out = [own[code] for code in members(rows, network, month)]
    out[0] += sum(extra for (n, since), extra in REGISTER_EXTRA.items() if n == network and month >= since)
    return out


def tenths(ends: tuple[int, ...], month: int) -> int:
    """The network's achievement in a month, in tenths of a percent, on the line between quarter ends (April begins the first)."""
    quarter, step = divmod(month, 3)
    if quarter == 0:
        return ends[0] + (ends[1] - ends[0]) * step // 2
    return ends[quarter] + (ends[quarter + 1] - ends[quarter]) * (step + 1) // 3


def odds_ratio(code: str, indicator: str, period: str) -> int:
    """How well a practice does: its odds over its network's, in thousandths. Care plans differ more between practices."""
    spread = 1400 if indicator == "DM1" else 500
    return 1000 - spread // 2 + spread * wobble(code, indicator) // 1000 + wobble(code, indicator, period) // 20


def diabetes(rows: list[dict[str, str]]) -> list[tuple[str, str, str, int, int]]:
    """DM1, DM2 and DM3: the network's count of the month, shared out to its practices by register and by how well each does."""
    out = []
    for month, period in enumerate(MONTHS):
        for network in NETWORKS:
            codes, register = members(rows, network, month), registers(rows, network, month)
            for indicator, story in DIABETES.items():
                count = sum(register) * tenths(story[network], month) // 1000
                if exact := EXACT.get((indicator, network, period)):
                    target, more = exact
                    count = -(-sum(register) * target // 100) + more
                odds = [odds_ratio(code, indicator, period) for code in codes]
                rest = sum(register) - count
                weights = [r * 10_000 * o * count // (o * count + 1000 * rest) for o, r in zip(odds, register, strict=True)]
                counts = filled(count, weights, register)
                out += [(period, code, indicator, n, r) for code, n, r in zip(codes, counts, register, strict=True)]
    return out


def births(code: str, size: int, month: int) -> int:
    """Children of a practice who reach two in a month: about a twelfth of 1.4% of its list."""
    year = size * 14 * (900 + wobble(code, "births") // 5) // 1_000_000
    return year * (month + 1) // 12 - year * month // 12 + wobble(code, "birthday", month) % 3 - 1


def immunisation(rows: list[dict[str, str]]) -> list[tuple[str, str, str, int, int]]:
    """MMR1: the unvaccinated of each network and quarter fall on its practices and months."""
    out = []
    for network in NETWORKS:
        for quarter, unvaccinated in enumerate(UNVACCINATED[network]):
            months = range(3 * quarter, 3 * quarter + 3)
            cells = [(month, code) for month in months for code in members(rows, network, month)]
            reached = [births(code, sizes(rows, month)[code], month) for month, code in cells]
            weights = [n * (100 + wobble(code, "MMR1", month)) + 1 for (month, code), n in zip(cells, reached, strict=True)]
            missed = filled(unvaccinated, weights, reached)
            out += [(MONTHS[month], code, "MMR1", n - m, n) for (month, code), n, m in zip(cells, reached, missed, strict=True)]
    return out


def write(name: str, header: list[str], rows: list[list[str]]) -> None:
    with (FOLDER / name).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def main() -> None:
    rows = practices()
    counts = sorted(diabetes(rows) + immunisation(rows))
    write("practices.csv", list(rows[0]), [list(row.values()) for row in rows])
    write(
        "activity.csv",
        ["practice", "indicator", "period", "numerator", "denominator"],
        [[code, indicator, period, str(n), str(d)] for period, code, indicator, n, d in counts],
    )


if __name__ == "__main__":
    main()
