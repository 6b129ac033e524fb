"""What happens once per process: the warm-up, and a clear message about a cluster that cannot be reached."""

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from bench.server import Server
from bench.sessions import Session, open_sessions
from ui.registry import EXPLAINERS, ROOT


def test_a_warmed_server_serves_every_page() -> None:
    server = Server(EXPLAINERS_WARM_UP="1")
    stems = [explainer.stem for explainer in EXPLAINERS]
    try:
        # Home first: what it does not need is loaded in the background while the other sessions arrive.
        for pages in ([""], stems, stems):
            shown = open_sessions(server.port, pages)
            assert all(session.exceptions == [] for session in shown)
    finally:
        server.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_server_process_loads_neither_torch_nor_pandas() -> None:
    """They take 180 and 50 MB in every process that imports them: only workers load torch, and nothing pandas."""
    server = Server(EXPLAINERS_WARM_UP="1", EXPLAINERS_WORKERS="1")
    views = {
        "cross_entropy_vs_kl": ("headline", "calls"),
        "vanishing_gradients": ("headline", "inside", "bend", "time", "hand"),
        "batch_size_minima": ("headline", "shaking", "keskar"),
        "cls_vs_average_pooling": ("headline", "padding"),
    }

    async def open_views() -> None:
        for stem, tabs in views.items():
            for tab in tabs:
                query = f"lang=en&{(prefix := stem.split('_')[0])}_tab={tab}&{prefix}_behind=table"
                async with Session(server.port, stem, query) as session:
                    assert (await session.open()).exceptions == []

    try:
        with ThreadPoolExecutor(1) as thread:  # Playwright runs in this thread and allows no second event loop
            thread.submit(asyncio.run, open_views()).result()
        files = Path(f"/proc/{server.process.pid}/maps").read_text()
        assert "libtorch" not in files and "/pandas/" not in files
    finally:
        server.stop()


def test_the_warm_up_loads_every_topic_and_freezes_what_it_loaded() -> None:
    code = (
        "import gc, sys; from ui.server import startup; startup._warm_up(); "
        f"assert all(f'core.{{stem}}' in sys.modules for stem in {[e.stem for e in EXPLAINERS]!r}); "
        "print(gc.get_freeze_count())"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(run.stdout) > 100_000


def test_an_unreachable_cluster_is_reported_on_the_first_page(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    import streamlit

    import ui.server.dask_cluster

    monkeypatch.setattr(ui.server.dask_cluster, "TIMEOUT", "1s")
    monkeypatch.setenv("EXPLAINERS_CLUSTER", "tcp://127.0.0.1:9")
    streamlit.cache_resource.clear()
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    streamlit.cache_resource.clear()
    assert not app.exception
    assert "tcp://127.0.0.1:9: no Dask scheduler answers there" in app.error[0].value
    assert not app.get("bidi_component"), "nothing else is drawn"
