"""A real server and a real browser."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Page, expect, sync_playwright

from akta.bootstrap import ROOT

PASSWORD = "a long enough password"
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Served:
    url: str
    home: Path

    def akta(self, *arguments: str) -> str:
        told = subprocess.run(
            [sys.executable, "-m", "akta.cli", *arguments],
            cwd=ROOT,
            env={**os.environ, "AKTA_HOME": str(self.home), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        return told.stdout


def _ready(url: str) -> bool:
    try:
        return httpx.get(url + "/health/ready").status_code == 200
    except httpx.ConnectError:  # the address is told before the socket listens
        return False


@contextmanager
def serving(folder: Path, port: int = 0, **settings: str) -> Iterator[Served]:
    """A real server on a free port, or on one that has to be known before, with two people."""
    home = folder
    log = (home / "log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "akta.cli", "serve", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, **settings, "AKTA_HOME": str(home / "home"), "PYTHONPATH": str(ROOT)},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        url = ""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not url:
            found = re.search(r"http://localhost:(\d+)/", (home / "log").read_text("utf-8"))
            if found:
                url = f"http://127.0.0.1:{found[1]}"
            time.sleep(0.1)
        assert url, (home / "log").read_text("utf-8")
        while not _ready(url):
            time.sleep(0.1)
        site = Served(url, home / "home")
        for login, role, language in (("anna", "clerk", "pl"), ("john", "staff", "en")):
            site.akta(
                *("user", "add", login, "--role", role, "--grant", "all:3"),
                *("--language", language, "--password", PASSWORD),
            )
        yield site
    finally:
        process.terminate()
        process.wait(30)
        log.close()


@contextmanager
def open_page(served: Served, quiet: tuple[str, ...] = (), **context: object) -> Iterator[Page]:
    """A browser whose console must stay silent: a blocked script or style is a failure.

    `quiet` are statuses of answers that are meant and that the browser tells of, and its names of failures of
    the network (`ERR_…`).
    """
    assert Path(CHROMIUM).exists(), "Chromium is missing: run 'make setup-test'"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        opened = browser.new_context(base_url=served.url, accept_downloads=True, **context).new_page()
        said: list[str] = []
        opened.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
        opened.on("pageerror", lambda e: said.append(str(e)))
        yield opened
        browser.close()
    assert [line for line in said if not any(_says(line, code) for code in quiet)] == []


def _says(line: str, code: str) -> bool:
    return (code if code.startswith("ERR_") else f"status of {code}") in line


def sign_in(page: Page, login: str, *, script: bool = True) -> None:
    page.goto("/")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    if script:
        expect(page.locator("#drop")).to_be_visible()
    else:
        page.wait_for_selector(".rail")
