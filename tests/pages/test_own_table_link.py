"""A link to an own table tells its receiver that the table is not in it."""

import pytest

from tests.conftest import Open, texts
from ui.text import LANGUAGES, Words


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("stem", "link"),
    [
        ("gd_sgd_minibatch", {"gd_problem": "own"}),
        ("bagging_vs_boosting", {"bagging_dataset": "own"}),
        ("precision_recall", {"precision_source": "own"}),
        ("softmax_stability", {"softmax_own": "true"}),
        ("cross_entropy_vs_kl", {"cross_preset": "own"}),
        ("likelihood_sampling", {"likelihood_source": "own"}),
    ],
)
def test_the_receiver_is_asked_for_the_table(open_page: Open, stem: str, link: dict[str, str], lang: str) -> None:
    asked = Words(stem, lang)("upload_again")
    app = open_page(stem, lang=lang, **link)
    assert asked in [info.value for info in app.info]
    assert not app.exception
    assert app.get("vega_lite_chart"), "the picture of the default stays"
    assert asked not in texts(open_page(stem, lang=lang))
