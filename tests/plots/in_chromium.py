"""Draws figures in a real Chromium with plotly's own script, and prints what is seen; a process of its own.

python -m tests.plots.in_chromium FOLDER    reads FOLDER/*.json, prints what SEEN finds of each as JSON
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
from plotly.offline import get_plotlyjs

# Plotly draws formulas where a MathJax is loaded; this one tells when it is asked for one.
PAGE = """<!doctype html><meta charset="utf-8"><div id="plot" style="width: 340px"></div>
<script>window.clicked = []; window.errors = []; window.onerror = text => { window.errors.push(text); };</script>
<script>window.onunhandledrejection = event => { window.errors.push(String(event.reason)); };</script>
<script>window.MathJax = {version: "3.2.2", get _() { window.errors.push("formula"); }};</script>
<script>window.alert = () => { window.alerted = true; };</script>
<script src="plotly.js"></script>"""
DRAW = """
async text => {
    const figure = JSON.parse(text);
    const plot = document.getElementById("plot");
    await Plotly.newPlot(plot, figure.data, figure.layout, {displayModeBar: false});
    plot.on("plotly_click", event => window.clicked.push(event.points[0].customdata));
}
"""
SEEN = """
() => {
    const plot = document.getElementById("plot");
    const tags = ["script", "a", "b", "i", "img", "iframe", "mjx-container"];
    return {
        texts: [...plot.querySelectorAll("text")].filter(text => text.checkVisibility()).map(text => text.textContent),
        tags: tags.filter(tag => plot.querySelector(tag)),
        alerted: window.alerted === true,
        errors: window.errors,
        clicked: window.clicked,
    };
}
"""
CORNERS = ((0.02, 0.05), (0.98, 0.05), (0.02, 0.95), (0.98, 0.95))


def point(page: Page, x: float, y: float) -> tuple[float, float]:
    """Moves the pointer to a place within the plot's axes, in shares of them, and waits until plotly has seen it."""
    box = page.locator("#plot .nsewdrag").first.bounding_box()
    assert box is not None
    at = (box["x"] + box["width"] * x, box["y"] + box["height"] * y)
    page.mouse.move(*at)
    page.wait_for_timeout(200)  # plotly looks at the pointer at most every 50 ms
    return at


def click(page: Page) -> None:
    """Clicks near the four corners of the plot, in reading order."""
    for x, y in CORNERS:
        page.mouse.click(*point(page, x, y))
        page.wait_for_timeout(350)  # longer than a double click


def main(folder: Path) -> None:
    (folder / "plotly.js").write_text(get_plotlyjs(), "utf-8")
    (folder / "page.html").write_text(PAGE, "utf-8")
    found: dict[str, Any] = {}
    with sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        for path in sorted(folder.glob("*.json")):
            page.goto((folder / "page.html").as_uri())
            page.evaluate(DRAW, path.read_text("utf-8"))
            if path.stem == "cells":
                click(page)
            if path.stem == "hovered":
                point(page, 0.3, 0.5)
            found[path.stem] = page.evaluate(SEEN)
        browser.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
