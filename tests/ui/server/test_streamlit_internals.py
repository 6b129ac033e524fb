"""The private parts of Streamlit that the app uses: they exist, they do what they should, and the app runs without."""

import pytest
import streamlit

from tests.conftest import Open, change, page_controls, texts
from ui.registry import EXPLAINERS
from ui.server import streamlit_internals


def test_the_checked_version_has_every_part() -> None:
    if streamlit.__version__ != streamlit_internals.CHECKED_VERSION:
        pytest.skip(f"Streamlit {streamlit.__version__} is not the checked version")
    assert streamlit_internals.missing() == []


def test_missing_names_the_parts_that_a_streamlit_does_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = (
        ("streamlit.no_such_module", "name"),
        ("streamlit.config", "no_such_name"),
        ("streamlit.config", "get_option"),
    )
    monkeypatch.setattr(streamlit_internals, "PARTS", parts)
    assert streamlit_internals.missing() == ["streamlit.no_such_module.name", "streamlit.config.no_such_name"]


@pytest.mark.parametrize("stem", ["home", *(explainer.stem for explainer in EXPLAINERS)])
def test_every_page_runs_without_private_parts(open_page: Open, stem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = texts(open_page(stem))
    monkeypatch.setenv("EXPLAINERS_STREAMLIT_INTERNALS", "0")
    app = open_page(stem)
    assert texts(app) == expected
    if stem != "home":
        scene = f"{stem.split('_')[0]}_scene"
        assert page_controls(change(app, **{scene: 1}))[scene]["value"][0] == 1
