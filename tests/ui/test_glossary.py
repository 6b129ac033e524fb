"""The glossary: complete in both languages, used on the pages, and marked in texts without changing them."""

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ui.glossary import GLOSSARY, avoided, mark_terms, terms
from ui.registry import EXPLAINERS, PAGES
from ui.text import COMMON, LANGUAGES, phrases

STEMS = [explainer.stem for explainer in EXPLAINERS]
FILES = [*(PAGES / f"{stem}.toml" for stem in ("home", "lessons", *STEMS)), COMMON]
languages = pytest.mark.parametrize("language", LANGUAGES)


def marked(text: str, language: str, **options) -> list[str]:
    """Return what is marked in a text."""
    return re.findall(r'<span class="term"[^>]*>(.*?)</span>', mark_terms(text, language, **options))


def test_both_languages_define_the_same_terms() -> None:
    english, korean = terms("en"), terms("ko")
    assert [term.key for term in english] == [term.key for term in korean]
    assert len(english) >= 60


@languages
def test_definitions_are_short_sentences(language: str) -> None:
    for term in terms(language):
        assert len(term.definition.split()) <= 30, term.key
        assert term.definition.endswith("."), term.key


@languages
def test_a_name_has_one_meaning_on_a_page(language: str) -> None:
    for stem in STEMS:
        names = [name.lower() for term in terms(language, stem) for name in term.names]
        assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)


def test_pages_of_terms_exist() -> None:
    assert {page for term in terms("en") for page in term.pages} <= set(STEMS)


@languages
def test_every_term_occurs_in_the_texts_of_its_pages(language: str) -> None:
    found: set[str] = set()
    for file in FILES:
        stem = file.stem if file.stem in STEMS else None
        for phrase in phrases(file).values():
            mark_terms(phrase[language], language, page=stem, seen=found)
    assert {term.key for term in terms(language)} - found == set()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_korean_texts_use_one_word_for_one_thing(file) -> None:
    used = {
        (path, word)
        for path, phrase in phrases(file).items()
        for words in avoided().values()
        for word in words
        if word in phrase["ko"]
    }
    assert used == set()


def test_definitions_keep_to_the_words_of_the_glossary() -> None:
    for term in terms("ko"):
        for words in avoided().values():
            assert not [word for word in words if word in term.definition], term.key


def test_no_avoided_word_is_part_of_a_term() -> None:
    names = [name for term in terms("ko") for name in term.names]
    assert not [(word, name) for words in avoided().values() for word in words for name in names if word in name]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The learning rate and the rate", ["learning rate"]),
        ("Gradients of a gradient", ["Gradients"]),
        ("gradient descent follows the gradient", ["gradient descent", "gradient"]),
        ("AdaBoost is not Adam", ["AdaBoost", "Adam"]),
        ("[CLS] is a token", ["[CLS]", "token"]),
        ("tokenised, seedling, reseed, pre-token", []),
        ("log-sum-exp", ["log-sum-exp"]),
        ("mini-batches of a batch", ["mini-batches"]),
    ],
)
def test_english_terms_are_whole_words(text: str, expected: list[str]) -> None:
    assert marked(text, "en") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("기울기가 작습니다", ["기울기"]),
        ("기울기 소실은 기울기가 0에 가까운 것", ["기울기 소실", "기울기"]),
        ("미니배치마다, 시드별로", ["미니배치", "시드"]),
        ("포화된 유닛, 포화점", ["포화"]),
        ("학습률을 학습합니다", ["학습률"]),
        ("재정규화, 시드머니", []),
        ("**엔트로피**(bits)입니다", ["엔트로피"]),
    ],
)
def test_korean_terms_may_be_followed_by_particles(text: str, expected: list[str]) -> None:
    assert marked(text, "ko") == expected


def test_only_the_first_occurrence_is_marked_and_seen_terms_are_not() -> None:
    seen: set[str] = set()
    assert marked("<p>seed</p><p>Seeds and tokens</p>", "en", seen=seen) == ["seed", "tokens"]
    assert seen == {"seed", "token"}
    assert marked("seed, token, epoch", "en", seen=seen) == ["epoch"]


@pytest.mark.parametrize(
    "text",
    [
        '<a href="seed" title="a seed">seed</a>',
        "<code>seed</code> <pre>seed <b>seed</b></pre>",
        "<span class='x'>seed <em>seed</em></span>",
        "<img alt='seed'/>",
        "&seed; &#123;",
    ],
)
def test_tags_code_links_and_spans_are_left_as_they_are(text: str) -> None:
    assert mark_terms(text, "en") == text
    assert marked(f"{text} seed", "en") == ["seed"]


def test_terms_are_marked_inside_emphasis() -> None:
    assert marked("<strong>seed</strong>", "en") == ["seed"]


def test_marking_twice_changes_nothing() -> None:
    once = mark_terms("A seed of a seed", "en")
    assert marked(once, "en") == ["seed", "seed"], "the mark of the first time, and the second occurrence"
    assert html.unescape(re.sub("<[^>]*>", "", mark_terms(once, "en"))) == "A seed of a seed"


def test_definitions_are_escaped() -> None:
    term = next(term for term in terms("en") if term.key == "seed")
    [value] = re.findall(r'data-definition="([^"]*)"', mark_terms("seed", "en"))
    assert html.unescape(value) == term.definition
    for language in LANGUAGES:
        for each in terms(language):
            [value] = re.findall(
                r'data-definition="([^"]*)"', mark_terms(each.names[0], language, page=(each.pages or (None,))[0])
            )
            assert not set(value) & set("<>\"'")


def test_a_term_means_on_a_page_what_it_is_defined_as_there() -> None:
    text = mark_terms("margin", "en", page="softmax_stability")
    assert "logit" in text
    assert "votes" in mark_terms("margin", "en", page="bagging_vs_boosting")
    assert mark_terms("margin", "en", page="gd_sgd_minibatch") == "margin"


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    words=st.lists(
        st.sampled_from(
            [
                *("<b>", "</b>", "<code>", "</code>", "<br>", "&amp;", "(", ")", "<span>", "</span>"),
                "seed",
                "Gradient",
                "기울기를",
                "학습률",
            ]
        ),
        max_size=12,
    ),
    language=st.sampled_from(tuple(LANGUAGES)),
)
def test_without_its_marks_a_text_is_the_same(words: list[str], language: str) -> None:
    text = " ".join(words)
    pattern = r'<span class="term" tabindex="0" data-definition="[^"]*">(.*?)</span>'
    assert re.sub(pattern, r"\1", mark_terms(text, language)) == text


@languages
def test_every_phrase_of_the_pages_survives(language: str) -> None:
    for file in FILES:
        for phrase in phrases(file).values():
            text = html.escape(phrase[language])
            plain = re.sub(r"</?span[^>]*>", "", mark_terms(text, language))
            assert plain == text


def test_the_file_has_no_unknown_fields() -> None:
    allowed = {"en", "ko", "en_forms", "ko_forms", "ko_not", "pages", "definition.en", "definition.ko"}
    fields = {line.split(" = ")[0] for line in GLOSSARY.read_text(encoding="utf-8").splitlines() if " = " in line}
    assert fields <= allowed
