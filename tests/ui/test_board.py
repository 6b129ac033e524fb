"""What a page sends of its controls: their script once, and at every move what stands where."""

import pytest

from tests.conftest import Open, boards
from ui.registry import EXPLAINERS


@pytest.mark.parametrize("stem", ["home", *(explainer.stem for explainer in EXPLAINERS)])
def test_what_draws_boards_is_sent_once(open_page: Open, stem: str) -> None:
    app = open_page(stem)
    [script] = [sent.proto for sent in app.get("bidi_component") if sent.proto.component_name == "boards"]
    drawn = [proto for proto, _, _ in boards(app)]
    assert drawn
    for proto in drawn:
        said = proto.js_content + proto.css_content + proto.html_content
        assert len(said) < len(script.js_content) / 20
        # Both meet at the same place: its name is the first line of either.
        assert proto.js_content.splitlines()[0] == script.js_content.splitlines()[0]
