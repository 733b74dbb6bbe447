"""How many keys and how much of the machine's time a paper in review costs, by the keyboard alone.

    python -m bench.desk_review [--papers 30] [--language en] [--seed 1]

Fills an archive with generated papers whose amounts cannot be read, opens the review desk in Chromium and
works them off without a mouse: opens the first paper, has hidden values shown where there are some, accepts,
says that what is doubted is right, goes to the next. Prints keys and seconds by paper, from the key until
the page that follows can be worked on, and what the pages weigh. It is the time of the desk: what a person
looks at and types is not in it.
"""

import argparse
import json
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Error, Page, Response, sync_playwright

from bench import server
from tests.papers import generate

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PASSWORD = "a password for the desk"
#: Kinds that must have an amount; without one nobody files them unasked.
KINDS = ("invoice", "payslip", "receipt", "payment_reminder")
_AMOUNT = re.compile(r"\d[\d .,\u00a0]*[.,]\d\d\b")
_MOST_TABS = 200
_DIALOG, _NEXT, _FIELD = "[role=alertdialog]", ".next a[autofocus]", "#fields input:not([type=hidden])"


class Desk:
    """A keyboard before a page; counts what is pressed and what the page loads."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keys = 0
        self._answers: list[Response] = []
        page.on("response", lambda answer: self._answers.append(answer))

    def press(self, key: str, *, leads_on: bool = False) -> None:
        """Press a key; with `leads_on` wait until the page that follows can be worked on."""
        self.keys += 1
        if not leads_on:
            self.page.keyboard.press(key)
            return
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            self.page.keyboard.press(key)

    def tab_to(self, selector: str) -> bool:
        """Go on with Tab until an element is focused; whether it was reached."""
        for _ in range(_MOST_TABS):
            if self.page.evaluate("s => !!document.activeElement?.matches(s)", selector):
                return True
            self.press("Tab")
        return False

    def weighed(self) -> Counter[str]:
        """The bytes that came since the last time, by kind, and how many answers (`answers`)."""
        bytes_by: Counter[str] = Counter()
        for answer in self._answers:
            try:
                size = answer.request.sizes()["responseBodySize"]
            except Error:  # given up, as the page was left
                continue
            kind = answer.request.resource_type
            bytes_by["pages" if kind == "document" else "pictures" if kind == "image" else "rest"] += size
            bytes_by["answers"] += 1
        self._answers.clear()
        return bytes_by


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--papers", type=int, default=30)
    parser.add_argument("--language", choices=("pl", "en"), default="en")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="akta-desk-") as folder:
        home, port = Path(folder) / "home", server.free_port()
        process = server.start(home, "serve", "--port", str(port), log=Path(folder) / "log")
        try:
            server.wait_ready(port)
            told = server.akta(
                home,
                *("user", "add", "anna", "--role", "clerk", "--grant", "all:3"),
                *("--language", asked.language, "--password", PASSWORD),
            )
            if told.returncode:
                raise SystemExit(told.stderr)
            waiting = _fill(home, Path(folder) / "papers", asked)
            print(f"{waiting} papers wait")
            _work(f"http://127.0.0.1:{port}", min(waiting, asked.papers))
        finally:
            server.stop(process)
    return 0


def _fill(home: Path, folder: Path, asked: argparse.Namespace) -> int:
    """Bring papers in whose amounts are smudged until enough of them wait; how many do."""
    folder.mkdir()
    waiting = 0
    for start in range(asked.seed, asked.seed + 10 * asked.papers, asked.papers):
        batch = folder / str(start)
        batch.mkdir()
        for number in range(start, start + asked.papers):
            kind = KINDS[number % len(KINDS)]
            text = generate(kind, number, asked.language, "text").text
            (batch / f"{number:04}-{kind}.txt").write_text(_AMOUNT.sub("#?", text), "utf-8")
        server.akta(home, "ingest", str(batch), "--wait")
        told = server.akta(home, "review", "--json", "--limit", "100000")
        rows = [json.loads(line) for line in told.stdout.splitlines()]
        waiting = len(rows)
        for row in rows:  # what no class takes cannot be filed: its type is named before
            kind = row["file_name"].removesuffix(".txt").partition("-")[2]
            if row["doc_type"] not in KINDS:
                server.akta(home, "review", "correct", row["id"], "--type", kind)
        if waiting >= asked.papers:
            break
    return waiting


def _work(url: str, papers: int) -> None:
    keys: list[int] = []
    seconds: list[float] = []
    weights: Counter[str] = Counter()
    shown = asked_again = 0
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900}).new_page()
        page.goto("/sign-in")
        page.fill("input[name=login]", "anna")
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector(".rail")
        page.goto("/review")
        desk = Desk(page)
        desk.press("j")
        desk.press("Enter", leads_on=True)
        print(f"to the first paper: {desk.keys} keys")
        desk.weighed()
        for _ in range(papers):
            desk.keys, started = 0, time.perf_counter()
            if page.locator("#hidden-values").count():
                shown += 1
                desk.press("v")
                page.locator("#hidden-values").wait_for(state="detached")
            else:
                desk.press("e")
            if not desk.tab_to(_FIELD):
                raise SystemExit(f"no field can be reached by keyboard: {page.url}")
            desk.press("Enter", leads_on=True)
            if page.locator(_DIALOG).count():
                asked_again += 1
                desk.tab_to("button[name=confirmed]")
                desk.press("Enter", leads_on=True)
            last = not page.locator(_NEXT).count()
            if last:
                said = page.locator(".problem, .done, .next, h1").all_inner_texts()
                print(f"no next paper after {len(keys) + 1}: {page.url} {said}")
            if not last:
                desk.press("Enter", leads_on=True)
            keys.append(desk.keys)
            seconds.append(time.perf_counter() - started)
            weights += desk.weighed()
            if last:
                break
        browser.close()
    done = len(keys)
    print(f"{done} papers accepted; {shown} with hidden values shown; {asked_again} asked about a doubt")
    print(f"keys a paper     {statistics.median(keys):5.1f} median  {max(keys):5} most  {sum(keys):6} in all")
    print(
        f"seconds a paper  {statistics.median(seconds):5.2f} median  {max(seconds):5.2f} most"
        f"  {sum(seconds):6.1f} in all"
    )
    for kind in ("pages", "pictures", "rest"):
        print(f"{kind:<9} {weights[kind] / max(1, done) / 1000:8.1f} kB a paper")
    print(f"answers   {weights['answers'] / max(1, done):8.1f} a paper")


if __name__ == "__main__":
    sys.exit(main())
