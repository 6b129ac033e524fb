"""Sessions that arrive together at a new server."""

from bench.server import Server
from bench.sessions import open_sessions
from ui.registry import EXPLAINERS
from ui.text import Words


def test_twenty_concurrent_sessions_get_the_complete_app() -> None:
    """Before `st.navigation` has run once, Streamlit would run a deep link's page without ``app.py``."""
    stems = [explainer.stem for explainer in EXPLAINERS]
    server = Server()
    try:
        shown = open_sessions(server.port, [stems[i % len(stems)] for i in range(20)])
    finally:
        server.stop()
    assert [session.exceptions for session in shown] == [[]] * 20
    assert all(session.elements > 10 and session.sliders for session in shown)
    menu = {Words("home", "ko")("home"), *(Words(stem, "ko")("title") for stem in ("lessons", *stems))}
    assert [set(session.menu) for session in shown] == [menu] * 20
