"""The controls of the page on likelihood and sampling: methods that fit the population, and own values."""

import re

import pytest

from tests.conftest import Open, change, errors, figures
from ui.text import LANGUAGES, Words

STEM = "likelihood_sampling"


def test_a_method_that_does_not_fit_the_population_falls_back_to_the_clt(open_page: Open) -> None:
    app = open_page(STEM, likelihood_source="exponential", likelihood_method="lognormal")
    assert app.session_state["likelihood_method"] == "lognormal"
    change(app, likelihood_source=0)
    assert app.session_state["likelihood_source"] == "normal"
    assert app.session_state["likelihood_method"] == "clt"
    assert not errors(app)


def test_own_values_are_the_population(open_page: Open) -> None:
    app = open_page(STEM, lang="en", likelihood_source="own", likelihood_values="[1.0, 2.0, 60.0]")
    assert not errors(app)
    assert not any("No values yet" in caption.value for caption in app.caption)
    assert figures(app) != figures(open_page(STEM, lang="en", likelihood_source="own"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_own_values_the_page_says_what_it_shows(open_page: Open, lang: str) -> None:
    for tab in ("headline", "scatter", "coverage"):
        app = open_page(STEM, lang=lang, likelihood_source="own", likelihood_tab=tab)
        assert Words(STEM, lang)("no_values") in [caption.value for caption in app.caption], tab


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1, x", "unreadable_number"),
        ("1,000 2,000", "ambiguous_number"),
        ("5", "too_few"),
        ("3 3 3", "constant"),
        ("nan, 1", "not_finite"),
        ("1e12, 1", "out_of_range"),
        (" ".join(["1"] * 1001), "too_many"),
    ],
)
def test_bad_values_are_explained_and_the_last_valid_picture_stays(
    open_page: Open, lang: str, typed: str, code: str
) -> None:
    app = open_page(STEM, lang=lang, likelihood_source="own", likelihood_values="1, 2, 9")
    before = figures(app)
    change(app, likelihood_values=typed)
    [message] = errors(app)
    # Up to the first value that is filled in.
    assert message.startswith(re.split(r"[{“]", Words(STEM, lang)(f"errors.{code}"))[0])
    assert message.endswith(Words(STEM, lang)("refused.kept"))
    assert figures(app) == before


def test_the_answer_of_the_prediction_is_the_nearest_option(open_page: Open) -> None:
    app = open_page(STEM, lang="en")
    change(app, likelihood_predict=2)
    assert app.session_state["likelihood_source"] == "lognormal"
    share = float(next(iter(figures(app).values())).rstrip("%"))
    assert min((95, 90, 65), key=lambda option: abs(option - share)) == 65
