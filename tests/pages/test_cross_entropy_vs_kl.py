"""The controls of the page on cross-entropy and KL divergence: typed distributions are normalised and checked."""

import math
import re

import pytest

from tests.conftest import Open, change, errors, figures, texts
from ui.numbers import format_number
from ui.text import LANGUAGES, Words

STEM = "cross_entropy_vs_kl"


def test_typed_weights_are_divided_by_their_sum(open_page: Open) -> None:
    app = open_page(STEM, cross_p="9, 1", cross_q="5 5")
    assert figures(app)["H(P)"] == format_number(-(0.9 * math.log(0.9) + 0.1 * math.log(0.1))) + " nats"
    assert "P = (0.9, 0.1)" in texts(app)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1, x", "unreadable_number"),
        ("1,000 2,000", "ambiguous_number"),
        ("1, -2", "negative"),
        ("0, 0", "all_zero"),
        ("nan, 1", "not_finite"),
        ("1", "too_few"),
        ("1 1 1 1 1 1 1 1 1", "too_many"),
        ("1, 2, 3, 4, 5", "length_mismatch"),
    ],
)
def test_bad_input_is_explained_and_the_last_valid_picture_stays(
    open_page: Open, lang: str, typed: str, code: str
) -> None:
    app = open_page(STEM, lang=lang, cross_p="9, 1", cross_q="5, 5")
    before = figures(app)
    change(app, cross_q=typed)
    [message] = errors(app)
    # Up to the first value that is filled in.
    assert message.startswith(re.split(r"[{“]", Words(STEM, lang)(f"errors.{code}"))[0])
    assert message.endswith(Words(STEM, lang)("refused.kept"))
    assert figures(app) == before


def test_refused_p_is_the_only_error(open_page: Open) -> None:
    app = open_page(STEM, cross_p="-1, 2", cross_q=".5, .5")
    [message] = errors(app)
    assert "negative" in message


def test_the_last_valid_pair_stays_while_the_valid_texts_do_not_match(open_page: Open) -> None:
    app = open_page(STEM, lang="en", cross_p="1, 2, 3", cross_q="1, 1, 1")
    before = figures(app)
    for key, typed in (("cross_q", "1, 1"), ("cross_p", "x")):
        change(app, **{key: typed})
        [message] = errors(app)
        assert message.endswith(Words(STEM, "en")("refused.kept"))
        assert figures(app) == before


def test_pair_of_different_lengths_is_refused_with_both_lengths(open_page: Open) -> None:
    [message] = errors(open_page(STEM, cross_p="1, 2", cross_q="1, 2, 3"))
    assert "3 and 2" in message
