"""Pictures of the running product, for the README and for looking at.

    python -m bench.screenshots OUTDIR PAPER...

Starts Akta on an empty folder, drops the papers, and takes each page in both languages, light and
dark, on a desk and on a phone.
"""

import argparse
import re
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bench import server

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PASSWORD = "a password for pictures"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("papers", type=Path, nargs="+")
    parser.add_argument("--query", default="faktura")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="akta-pictures-") as folder:
        home, port = Path(folder) / "home", server.free_port()
        process = server.start(home, "serve", "--port", str(port), log=Path(folder) / "log")
        try:
            server.wait_ready(port)
            for login, language in (("anna", "pl"), ("john", "en")):
                server.akta(
                    home,
                    *("user", "add", login, "--name", login.title(), "--role", "clerk", "--role", "officer"),
                    *("--grant", "all:3", "--language", language, "--password", PASSWORD),
                )
            with sync_playwright() as play:
                browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
                for login, language in (("anna", "pl"), ("john", "en")):
                    for scheme in ("light", "dark"):
                        for name, size in (("desk", (1440, 900)), ("phone", (390, 844))):
                            context = browser.new_context(
                                base_url=f"http://127.0.0.1:{port}",
                                viewport={"width": size[0], "height": size[1]},
                                color_scheme=scheme,
                            )
                            _tour(context.new_page(), login, options, f"{language}-{scheme}-{name}")
                            context.close()
                browser.close()
        finally:
            server.stop(process)
    return 0


def _tour(page: Page, login: str, options: argparse.Namespace, name: str) -> None:
    out: Path = options.out
    page.goto("/")
    page.screenshot(path=out / f"sign-in-{name}.png")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#drop")
    if not page.locator("#papers li").count():
        page.wait_for_timeout(500)
        page.set_input_files("#files", options.papers)
        page.wait_for_timeout(2000)
        page.screenshot(path=out / f"intake-busy-{name}.png")
        deadline = time.monotonic() + 120
        while page.locator("#papers li[data-ended='0']").count() and time.monotonic() < deadline:
            page.wait_for_timeout(500)
    page.screenshot(path=out / f"intake-{name}.png")
    page.goto("/home")
    page.screenshot(path=out / f"home-{name}.png")
    page.goto(f"/search?q={options.query}")
    page.wait_for_load_state("networkidle")  # the pictures of the hits come late
    page.screenshot(path=out / f"search-{name}.png")
    link = page.locator(".hits .title").first
    if link.count():
        target = re.sub(r"^.*(/records/)", r"\1", link.get_attribute("href") or "")
        page.goto(target)
        page.wait_for_selector("#picture[src]", timeout=30_000)
        page.wait_for_timeout(600)
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=out / f"record-{name}.png")


if __name__ == "__main__":
    sys.exit(main())
