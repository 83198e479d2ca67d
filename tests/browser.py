"""A real browser, driven over WebDriver with the standard library alone: Chromium by its ChromeDriver, where both are installed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")

#: Nothing but the page: no first-run pages, no calls home, no sandbox (tests may run as root), no GPU.
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--window-size=1200,1000",
)  # fmt: skip

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """One session: open a page, run a script in it, press keys on an element."""

    def __init__(self, address: str, profile: Path) -> None:
        self.address = address
        options = {"binary": CHROMIUM, "args": [*ARGUMENTS, f"--user-data-dir={profile}"]}
        wanted = {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}
        self.session = self._call("POST", "/session", {"capabilities": wanted})["sessionId"]

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def open(self, page: Path) -> None:
        self._call("POST", f"/session/{self.session}/url", {"url": page.as_uri()})

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script returns."""
        return self._call("POST", f"/session/{self.session}/execute/sync", {"script": script, "args": list(arguments)})

    def press(self, selector: str, keys: str) -> None:
        """Press keys on the element that a selector finds."""
        element = self._call("POST", f"/session/{self.session}/element", {"using": "css selector", "value": selector})[_ELEMENT]
        self._call("POST", f"/session/{self.session}/element/{element}/value", {"text": keys})

    def console(self) -> list[str]:
        """What the page wrote to the console, errors and refusals included."""
        return [entry["message"] for entry in self._call("POST", f"/session/{self.session}/se/log", {"type": "browser"})]

    def close(self) -> None:
        self._call("DELETE", f"/session/{self.session}")


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A browser for the length of a test."""
    with subprocess.Popen([str(DRIVER), "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as driver:
        try:
            assert driver.stdout is not None
            port = next(m[1] for line in driver.stdout if (m := re.search(r"started successfully on port (\d+)", line)))
            opened = Browser(f"http://127.0.0.1:{port}", folder / "profile")
            try:
                yield opened
            finally:
                opened.close()
        finally:
            driver.terminate()
