"""Text of a user's file is shown as text everywhere."""

import html
import re

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import Open, check, errors, page_controls
from ui.page.markup import escape_markdown

PAGES = [
    ("gd_sgd_minibatch", "gd_problem", "gd_tab"),
    ("bagging_vs_boosting", "bagging_dataset", "bagging_tab"),
    ("precision_recall", "precision_source", "precision_tab"),
]
HOSTILE = [
    "![x](http://a/b.png)",
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "$x$ $$y$$",
    "[a](javascript:alert(1))",
    "https://a.example/b",
    ":red[x] :material/home: :smile:",
    "**b** _i_ `c` ~~s~~ # h | t",
    "🙂" * 3,
    "n" * 500,
    "\u202eabc\u202c \u200f",
    "{0} {name} %s \\",
    "&lt;b&gt; &amp;",
    "a\n\n# b\n- c",
    "www.a.example a@b.example",
]
# Punctuation with which Markdown, or Streamlit's extensions of it, begins something.
MARKS = re.compile(r"(?<!\\)[!\[\]()<$`*_~#|]|(?<!\\):(?=\w)")


def table(name: str, last: str) -> bytes:
    quoted = ['"' + text.replace('"', '""') + '"' for text in (name, "b", last)]
    rows = [f"{i % 7},{i * i % 11},{i % 2}" for i in range(40)]
    return "\n".join([",".join(quoted), *rows]).encode()


def upload(app: AppTest, content: bytes) -> AppTest:
    app.file_uploader[0].set_value([("own.csv", content, "text/csv")])
    return check(app.run())


def check_text(app: AppTest, name: str) -> None:
    """Check that a name stands nowhere as markup, in Markdown or in HTML."""
    shown = name[:40]
    has_markup = escape_markdown(shown) != shown
    for element in [*app.markdown, *app.caption, *app.info, *app.error, *app.warning]:
        if has_markup:
            assert shown not in element.value, element.value
    bodies = [element.proto.body for element in app.get("html")]
    bodies += [control["text"] for control in page_controls(app).values() if control["kind"] in ("note", "predict")]
    if html.escape(shown, quote=False) != shown:
        assert not any(shown in body for body in bodies), shown


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize(("stem", "control", "tab"), PAGES)
def test_names_of_columns_are_text(open_page: Open, stem: str, control: str, tab: str, name: str) -> None:
    app = upload(open_page(stem, **{control: "own"}), table(name, name + "!"))
    assert not errors(app)
    check_text(app, name)
    # In the choice of columns the name is unchanged, but for its length.
    assert any(option.startswith(name.strip()[:3]) for box in app.selectbox for option in box.options)
    prefix = tab.removesuffix("tab")
    for view in {"gd_": ["axes", "cloud"], "bagging_": ["trees"], "precision_": ["curves"]}[prefix]:
        app.session_state[tab] = view
        app.session_state[f"{prefix}behind"] = "code"
        check(app.run())
        check_text(app, name)
        # The snippet contains the name as a Python string.
        compile("\n".join(block.value for block in app.code[:1]), "snippet", "exec")


@pytest.mark.parametrize("cell", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize(("stem", "control", "tab"), PAGES)
def test_cells_in_errors_are_text(open_page: Open, stem: str, control: str, tab: str, cell: str) -> None:
    quoted = '"' + cell.replace('"', '""') + '"'
    # Two columns only can be used; the error names the third one and one of its cells.
    rows = [f"{i % 7},{i * i % 11},{quoted if i % 3 else i}" for i in range(40)]
    content = "\n".join([f"a,b,{quoted}", *rows]).encode()
    app = upload(open_page(stem, **{control: "own"}), content)
    for box in app.error:
        if escape_markdown(cell) != cell:
            assert not MARKS.search(box.value.replace("\\\\", "")), box.value
    check_text(app, cell)
