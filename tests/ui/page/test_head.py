"""The head's panel: a new session reads the browser's address; reports of browsers may be anything."""

import itertools
import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import Open, address, change, check, page_controls, panels
from ui.controls import address as address_module

TABLE = b"a,b,c\n" + b"\n".join(b"%d,%d,%d" % (i, i * i % 7, i * i * i % 11) for i in range(40))
_ids = itertools.count(10**6)


def report(app: AppTest, panel: str, sent: Any) -> AppTest:
    """Send a panel's report as a browser does."""
    [element] = [proto for proto, controls, _ in panels(app) if controls and controls[0]["key"].startswith(panel)]
    states = app._tree.get_widget_states()
    states.widgets.add(id=element.id, json_value=json.dumps({"change": sent}))
    return check(app._run(states))


def restore(app: AppTest, query: object) -> AppTest:
    return report(app, "menu", {"values": {}, "id": next(_ids), "query": query})


def go_back(app: AppTest, monkeypatch: pytest.MonkeyPatch, **parameters: str) -> AppTest:
    """Run the app as after the browser's Back button, at an address with these parameters."""
    for module in ("ui.controls.address", "ui.text"):
        monkeypatch.setattr(f"{module}.is_history_navigation", lambda: True)
    app.query_params.clear()
    for name, text in parameters.items():
        app.query_params[name] = text
    check(app.run())
    monkeypatch.undo()
    return app


def test_a_new_session_reads_the_browsers_address(open_page: Open) -> None:
    app = change(open_page("softmax_stability", softmax_dtype="float64"), softmax_offset=300)
    restore(app, "?lang=ko&softmax_offset=12&softmax_typed=1000%2C+1001")
    expected = {"lang": "ko", "softmax_offset": "12", "softmax_typed": "1000, 1001"}
    assert address(app) == expected
    assert app.session_state["language"] == "ko"


@pytest.mark.parametrize("query", [None, 3, ["?softmax_offset=1"], "?softmax_offset=1&a=" + "b" * 60_000])
def test_invalid_addresses_are_ignored(open_page: Open, query: object) -> None:
    app = open_page("softmax_stability", softmax_offset="12")
    before = address(app)
    assert address(restore(app, query)) == before


@pytest.mark.parametrize(
    "sent",
    [
        "text",
        [],
        {},
        {"values": None, "id": 1},
        {"values": [1], "id": 1},
        {"values": {"softmax_offset": None, "softmax_dtype": "x", "softmax_typed": 5, "unknown": 1}, "id": []},
        {"values": {"softmax_offset": 1e300, "softmax_dtype": -1, "softmax_scene": {}}, "id": {"a": 1}, "query": {}},
    ],
)
def test_invalid_reports_are_ignored(open_page: Open, sent: object) -> None:
    app = open_page("softmax_stability", softmax_offset="12")
    before = address(app)
    assert address(report(app, "softmax_scene", sent)) == before


def test_back_forgets_the_controls_of_closed_views(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page("vanishing_gradients", vanishing_tab="time", vanishing_time="150")
    go_back(app, monkeypatch)
    assert address(app) == {}
    app = change(app, vanishing_tab=page_controls(app)["vanishing_tab"]["options"].index("Through time"))
    assert address(app) == {"vanishing_tab": "time"}


def test_back_and_a_restored_address_keep_the_users_table(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page("gd_sgd_minibatch", gd_problem="own")
    app.file_uploader[0].set_value([("own.csv", TABLE, "text/csv")])
    check(app.run())
    own = app.session_state["upload_gd_result"]
    go_back(app, monkeypatch, gd_problem="cancer")
    restore(app, "?gd_problem=own")
    assert app.session_state["upload_gd_result"] is own
    assert not app.info


def test_the_longest_address_can_be_restored(open_page: Open) -> None:
    query = "?softmax_offset=12&unknown="
    app = restore(open_page("softmax_stability"), query + "x" * (address_module.MAX_LENGTH - len(query)))
    assert address(app)["softmax_offset"] == "12"
