"""Workbooks recalculated by LibreOffice, for the tests of those that p4p writes."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from packs import Cell, cells

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")

ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def with_wrong_values(path: Path, copy: Path) -> None:
    """A copy of a workbook in which every stored value of a formula is wrong, so that only a real recalculation can put it right."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                data = re.sub(rb"</f><v>[^<]*</v>", b"</f><v>123456</v>", data)
            new.writestr(name, data)


def recalculated(path: Path, folder: Path) -> dict[str, dict[str, Cell]]:
    """The workbook as LibreOffice saves it after recalculating everything."""
    profile = folder / "profile" / "user"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(ALWAYS_RECALCULATE, "utf-8")
    command = [
        str(SOFFICE),
        f"-env:UserInstallation=file://{folder / 'profile'}",
        "--headless",
        "--convert-to",
        "xlsx:Calc MS Excel 2007 XML",
    ]
    subprocess.run([*command, "--outdir", str(folder / "out"), str(path)], check=True, capture_output=True, timeout=180)
    return cells(folder / "out" / path.name)


def near(stored: str, again: str) -> bool:
    """Equal to a ten-millionth: doubles add up amounts of pence with errors far below that."""
    if not stored or not again:
        return stored == again
    return abs(Decimal(stored) - Decimal(again)) < Decimal("0.0000001")


needs_office = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed (Debian: libreoffice-calc)")
