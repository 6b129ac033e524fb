"""The controls of the softmax page: typed logits and temperatures are checked."""

import pytest

from tests.conftest import Open, all_data, change, errors, page_controls, refusal
from ui.text import LANGUAGES, Words

STEM = "softmax_stability"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("typed", "code", "values"),
    [
        ("1000, x", "unreadable_number", {"value": "x", "position": 2}),
        ("1,000 1,001", "ambiguous_number", {"value": "1,000"}),
        ("1 " * 10_001, "text_too_long", {"high": 20_000}),
        ("3", "too_few", {"low": 2, "value": 1}),
        (", ".join(["1"] * 1001), "too_many", {"high": 1000, "value": 1001}),
        ("1, inf", "not_finite", {"value": "∞"}),
        ("1, nan", "not_finite", {"value": "nan"}),
    ],
)
def test_bad_logits_are_explained_and_the_last_valid_picture_stays(
    open_page: Open, lang: str, typed: str, code: str, values: dict
) -> None:
    app = open_page(STEM, lang=lang, softmax_typed="5, 6, 7", softmax_tab="cells")
    before = all_data(app)
    change(app, softmax_typed=typed)
    assert errors(app) == [refusal(Words(STEM, lang), code, kept=True, **values)]
    assert all_data(app) == before
    shown = page_controls(app)["softmax_typed"]["value"]
    assert shown == typed[:20_001], "the field still has the typed text, or more of it than is allowed"


def test_typed_logits_beyond_their_limit_are_refused(open_page: Open) -> None:
    assert errors(open_page(STEM, softmax_typed="1e12, 1")) == []
    [message] = errors(open_page(STEM, softmax_typed="-2e12, 1"))
    assert all(figure in message for figure in ("−1e12", "1e12", "−2e12"))


@pytest.mark.parametrize("temperature", ["0", "-3", "1e-9"])
def test_invalid_temperature_is_explained(open_page: Open, temperature: str) -> None:
    words, before = Words(STEM, "en"), all_data(open_page(STEM))
    app = open_page(STEM, lang="en", softmax_temperature=temperature)
    [message] = errors(app)
    assert message.endswith(words("refused.unused"))
    assert all_data(app) == before
    change(app, softmax_temperature="2")
    valid = all_data(app)
    change(app, softmax_temperature=temperature)
    [message] = errors(app)
    assert message.endswith(words("refused.kept"))
    assert all_data(app) == valid != before
