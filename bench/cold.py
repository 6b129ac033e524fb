"""From `streamlit run` to the first chart, and memory."""

from __future__ import annotations

import time
from statistics import median

from bench.browser import chromium, first_chart, new_page
from bench.server import Server, bare_app
from bench.table import Table, ms
from ui.registry import EXPLAINERS, ROOT

NOTE = """Target: home ≤ 3 s. The bare app, in turn with the others, is what Streamlit itself needs on this machine: one
slider, two charts, Streamlit's default settings. Median of three starts each."""


def cold_starts(starts: int = 3) -> Table:
    """Start a server for each page and wait for its first chart in a browser that is already open."""
    with bare_app() as bare, chromium() as browser:
        ours = (ROOT / "app.py", ROOT)
        apps = {"bare Streamlit app": (bare, ""), "home": (ours, "?lang=en")}
        apps |= {e.stem: (ours, f"{e.stem}?lang=en") for e in EXPLAINERS}
        times: dict[str, list[float]] = {name: [] for name in apps}
        memory: dict[str, float] = {}
        browser.new_page().close()
        for _ in range(starts):
            for name, (app, query) in apps.items():
                page = new_page(browser)
                server = Server(*app, EXPLAINERS_WARM_UP="0")
                first_chart(page, f"{server.address}/{query}")
                times[name].append(time.perf_counter() - server.started)
                memory[name] = server.own_memory()
                page.context.close()
                server.stop()
    baseline = median(times["bare Streamlit app"])
    rows = [(name, ms(median(t)), f"{median(t) / baseline:.2f}", f"{memory[name]:.0f} MB") for name, t in times.items()]
    return Table("Cold start", ("page", "to the first chart", "ratio to bare", "server memory"), rows, NOTE)
