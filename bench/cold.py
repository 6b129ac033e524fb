"""From `streamlit run` to the first chart, and memory."""

from __future__ import annotations

import time

from bench.browser import chromium, visit
from bench.server import Server
from bench.table import Table, ms
from ui.registry import EXPLAINERS


def cold_starts() -> Table:
    """Start a server for each page and wait for its first chart in a browser that is already open."""
    rows = []
    with chromium() as browser:
        browser.new_page().close()
        for page in ("", *(explainer.stem for explainer in EXPLAINERS)):
            server = Server(EXPLAINERS_WARM_UP="0")
            opened = visit(browser, f"{server.address}/{page}?lang=en")
            taken = time.perf_counter() - server.started
            rows.append((page or "home", ms(taken), f"{server.own_memory():.0f} MB"))
            opened.context.close()
            server.stop()
    return Table("Cold start", ("page", "to the first chart", "server memory"), rows, "Target: home ≤ 3 s.")
