"""The controls of the page on precision and recall, and the user's own scores."""

import re

import pytest

from tests.conftest import Open, address, all_data, change, errors, figures, page_controls, rerun, texts
from tests.pages.test_every_page import codes, show
from ui.text import LANGUAGES, Words

STEM = "precision_recall"
VIEWS = ("headline", "curves", "steps", "threshold")


def csv(rows: int = 60, labels: tuple[str, ...] = ("no", "yes")) -> bytes:
    lines = [f"{(37 * k % rows) / rows:.4f},{labels[(k + k // 7) % len(labels)]}" for k in range(rows)]
    return "\n".join(["score,label", *lines]).encode()


def upload(app, content: bytes):
    [field] = app.file_uploader
    return rerun(app, field.set_value(("own.csv", content, "text/csv")))


def captions(app) -> str:
    return "\n".join(caption.value for caption in app.caption)


def number(text: str) -> float:
    return float(re.match(r"[\d.]+", text)[0])


def test_no_view_has_more_than_five_controls(open_page: Open) -> None:
    links = [{"precision_tab": tab} for tab in codes(STEM, "tabs")]
    links += [{"precision_tab": tab, "precision_source": "digits", "precision_natural": "false"} for tab in VIEWS]
    links += [{"precision_source": "own", "precision_natural": "false", "precision_tab": tab} for tab in VIEWS]
    folded = {"precision_seed", "precision_ratio"}
    for link in links:
        shown = [
            key
            for key, control in page_controls(open_page(STEM, **link)).items()
            if control["kind"] in ("slider", "select", "radio", "toggle", "text")
            and key.startswith("precision_")
            and key not in folded
        ]
        assert 1 <= len([key for key in shown if not key.endswith("scene")]) <= 5, (link, shown)


def test_the_scenes_show_what_they_say(open_page: Open) -> None:
    app = open_page(STEM, lang="en")
    shown = {}
    for name in codes(STEM, "scenes"):
        show(app, STEM, name)
        shown[name] = ({key.split(" (")[0]: value for key, value in figures(app).items()}, texts(app))
    cards = {name: found for name, (found, _) in shown.items()}
    assert all(
        abs(number(cards["test_set"][metric]) - 0.9) < 0.02 for metric in ("precision", "recall", "F1", "accuracy")
    )
    assert number(cards["production"]["precision"]) < 0.1
    assert number(cards["precision_back"]["precision"]) > 0.5 > number(cards["precision_back"]["recall"])
    assert cards["accuracy"]["precision"].startswith("0/0") and number(cards["accuracy"]["recall"]) == 0
    assert number(cards["accuracy"]["accuracy"]) > number(cards["production"]["accuracy"]) + 0.05
    assert number(cards["production"]["recall"]) > 0.5
    assert abs(number(cards["ignorant"]["F1"]) - 2 / 3) < 0.01
    assert number(cards["one_example"]["opposite"]) == 0
    assert number(cards["ties"]["opposite"]) > 50
    assert "below that of always giving the more frequent answer, 0.900" in shown["own_threshold"][1]
    assert "the model with the lower AUC" in shown["crossing"][1]
    assert "on 0 of 8 splits by F1 at 0.5" in shown["digits"][1]
    assert "of the intervals contain the true AUC; 95% was promised" in shown["positives"][1]


def test_the_answer_of_the_prediction_is_the_nearest_option(open_page: Open) -> None:
    app = open_page(STEM, lang="en")
    change(app, precision_predict=2)
    assert app.session_state["precision_share"] == 0.01
    right = 100 * number(next(iter(figures(app).values())))
    assert min((90, 50, 8), key=lambda option: abs(option - right)) == 8


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("tab", VIEWS)
def test_a_test_set_of_one_class_is_explained(open_page: Open, lang: str, tab: str) -> None:
    app = open_page(STEM, lang=lang, precision_share="0.001", precision_n="50", precision_tab=tab)
    assert "nan" not in texts(app)
    words = Words(STEM, lang)
    if tab == "headline":
        assert words("notice.no_positives") in texts(app)
        assert figures(app)[words("metrics.recall")] == words("undefined")
    if tab == "curves":
        assert words("notice.undefined") in texts(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_own_scores_the_page_says_what_it_shows(open_page: Open, lang: str) -> None:
    for tab in VIEWS:
        app = open_page(STEM, lang=lang, precision_source="own", precision_tab=tab)
        assert Words(STEM, lang)("no_scores") in captions(app), tab


def test_an_uploaded_table_is_shown_and_is_not_in_the_link(open_page: Open) -> None:
    app = upload(open_page(STEM, lang="en", precision_source="own"), csv())
    assert not errors(app)
    assert "Positive: label yes (examples: 26). Negative: label no (34)." in captions(app)
    assert "60 test points" in captions(app)
    assert "0.0333" not in str(address(app)) and "yes" not in str(address(app))
    for tab in VIEWS:
        app.session_state["precision_tab"] = tab
        assert not errors(rerun(app))
    app.session_state["precision_tab"] = "headline"
    app.session_state["precision_natural"] = False
    assert "52 test points" in captions(rerun(app)), "26 of each class"


def test_typed_scores_are_not_shared_where_their_field_is_hidden(open_page: Open) -> None:
    own = {"precision_source": "own", "precision_tab": "steps"}
    one, other = (open_page(STEM, **own, precision_typed=f"0.9 1 0.8 {label} 0.2 0 0.1 1") for label in (0, 1))
    assert all_data(one) != all_data(other)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (csv(labels=("a", "b", "c")), "not_two_classes"),
        (b"score,label\n0.1,x\n0.2,y\n", "too_few_rows"),
        (b"label\nx\ny\nx\n", "too_few_columns"),
        (b"score,label\n0.1,1\n0.2,1\n0.3,1\n", "constant"),
    ],
)
def test_a_bad_table_is_explained_and_the_picture_stays(open_page: Open, lang: str, content: bytes, code: str) -> None:
    app = upload(open_page(STEM, lang=lang, precision_source="own"), csv())
    before = figures(app)
    [message] = errors(upload(app, content))
    assert message.startswith(re.split(r"[{“]", Words(STEM, lang)(f"errors.{code}"))[0])
    assert message.endswith(Words(STEM, lang)("refused.kept"))
    assert figures(app) == before


def test_scores_that_are_not_finite_are_left_out(open_page: Open) -> None:
    app = upload(open_page(STEM, lang="en", precision_source="own"), csv() + b"\ninf,yes\nnan,no")
    assert not errors(app)
    assert "rows left out because of a gap" in captions(app) and "60 test points" in captions(app)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("0.9 1, 0.8", "odd"),
        ("0.9 1 0.8 2 0.1 0", "not_a_label"),
        ("0.9 1 0.8 1 0.1 1", "not_two_classes"),
        ("0.9 1 x 0", "unreadable_number"),
        ("inf 1 0.2 0 0.1 0", "not_finite"),
    ],
)
def test_bad_pairs_are_explained_and_the_last_valid_picture_stays(
    open_page: Open, lang: str, typed: str, code: str
) -> None:
    app = open_page(STEM, lang=lang, precision_source="own", precision_typed="0.9 1 0.2 0 0.7 1 0.6 0")
    before = figures(app)
    assert not errors(app)
    change(app, precision_typed=typed)
    [message] = errors(app)
    assert message.startswith(re.split(r"[{“]", Words(STEM, lang)(f"errors.{code}"))[0])
    assert message.endswith(Words(STEM, lang)("refused.kept"))
    assert figures(app) == before
