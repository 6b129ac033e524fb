"""What a page sends for its panels: their script once, and on every rerun only their data."""

import pytest

from tests.conftest import Open, panels
from ui.registry import EXPLAINERS


@pytest.mark.parametrize("stem", ["home", "lessons", *(explainer.stem for explainer in EXPLAINERS)])
def test_the_panel_script_is_sent_once(open_page: Open, stem: str) -> None:
    app = open_page(stem)
    [script] = [
        element.proto for element in app.get("bidi_component") if element.proto.component_name == "panel_script"
    ]
    sent = [proto for proto, _, _ in panels(app)]
    assert sent
    for proto in sent:
        code = proto.js_content + proto.css_content + proto.html_content
        assert len(code) < len(script.js_content) / 20
        # Both use the same global name, which their first line defines.
        assert proto.js_content.splitlines()[0] == script.js_content.splitlines()[0]
