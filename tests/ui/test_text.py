"""Both languages are complete and tell the same figures."""

import re
import string
import tomllib
from collections.abc import Callable, Mapping
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.claims import Verdict
from core.validate import MESSAGES
from ui import text as text_module
from ui.numbers import format_fraction, format_number, format_share
from ui.registry import EXPLAINERS, GROUPS, PAGES, ROOT
from ui.text import COMMON, LANGUAGES, fill, phrases, plan, sources

STEMS = ("home", "lessons", *(explainer.stem for explainer in EXPLAINERS))
FILES = [COMMON, *(PAGES / f"{stem}.toml" for stem in STEMS)]
HANGUL = re.compile("[가-힣]")
# What no Korean text says, and what it says instead. Words for a term of the glossary are in its file.
KOREAN = {
    "기대값": "기댓값",
    "훈련": "학습",
    "인자": "인수",
    "목표 P": "타깃 P",
    "더 많은 설정": "설정 더 보기",
    "만납니다": "쓰입니다",
    "를 풉니다": "를 구합니다",
    "무너": "실패",
    "망가뜨": "실패",
    "딱 ": "정확히",
    "니까": "a statement, such as 모델이다",
    "게 없": "것이 없",
    "’ 탭": "’ 보기",
    "그래프": "차트",
}
COUNTERS = re.compile(r"\} (개|번|회|배|층|그루|벌|장|행|열|단계|스텝|에폭|내트|비트)(?![가-힣])")
files = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def placeholders(text: str) -> set[str]:
    """Return the names of the placeholders; none for a text with LaTeX, which is never filled in."""
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        return set()


def test_a_file_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []
    loads = tomllib.loads
    monkeypatch.setattr(tomllib, "loads", lambda content: parsed.append(content) or loads(content))
    for function in (text_module._load, phrases, sources, plan):
        function.cache_clear()
    stem = EXPLAINERS[0].stem
    assert phrases(PAGES / f"{stem}.toml") and sources(stem) and plan(stem, 10) and plan(stem, 25)
    assert len(parsed) == 1


def failing(file, holds: Callable[[Mapping[str, str]], bool]) -> list[str]:
    """Return the paths of the phrases for which a condition does not hold."""
    return [path for path, phrase in phrases(file).items() if not holds(phrase)]


@files
def test_every_phrase_has_every_language(file) -> None:
    assert failing(file, lambda phrase: set(phrase) == set(LANGUAGES) and all(map(str.strip, phrase.values()))) == []


@files
def test_english_phrases_contain_no_korean(file) -> None:
    assert failing(file, lambda phrase: not HANGUL.search(phrase["en"])) == []


@files
def test_korean_phrases_are_translated(file) -> None:
    def is_translated(phrase: Mapping[str, str]) -> bool:
        # Single terms and formulas may stay as they are.
        words = re.findall(r"[A-Za-z]{4,}", re.sub(r"\{[^}]*\}|`[^`]*`", "", phrase["en"]))
        return len(words) <= 3 or HANGUL.search(phrase["ko"]) is not None

    assert failing(file, is_translated) == []


@files
def test_korean_texts_use_the_written_form_of_a_word(file) -> None:
    assert [(path, word) for path, phrase in phrases(file).items() for word in KOREAN if word in phrase["ko"]] == []


@files
def test_korean_counters_follow_the_number_without_a_space(file) -> None:
    assert failing(file, lambda phrase: COUNTERS.search(phrase["ko"]) is None) == []


@files
def test_quotation_marks_are_pairs(file) -> None:
    def is_paired(phrase: Mapping[str, str]) -> bool:
        korean = phrase["ko"].count("‘") == phrase["ko"].count("’")
        return korean and all(text.count("“") == text.count("”") for text in phrase.values())

    assert failing(file, is_paired) == []


@files
def test_no_phrase_gives_the_number_of_a_scene(file) -> None:
    # It would be wrong as soon as a scene is added before it.
    assert failing(file, lambda phrase: not re.search(r"[Ss]cene \d|장면 \d", " ".join(phrase.values()))) == []


@files
def test_both_languages_have_the_same_placeholders(file) -> None:
    assert failing(file, lambda phrase: placeholders(phrase["en"]) == placeholders(phrase["ko"])) == []


def test_every_error_of_core_has_a_sentence() -> None:
    sentences = {path.removeprefix("errors.") for path in phrases(COMMON) if path.startswith("errors.")}
    assert sentences == set(MESSAGES)
    for code, message in MESSAGES.items():
        assert placeholders(phrases(COMMON)[f"errors.{code}"]["en"]) <= placeholders(message)


def test_every_verdict_and_group_has_a_name() -> None:
    names = {f"verdicts.{verdict}" for verdict in Verdict} | {f"groups.{group}" for group in GROUPS}
    assert names <= set(phrases(COMMON))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "−0"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
        (float("nan"), "nan"),
        (1234.5678, "1235"),
        (-0.5, "−0.5"),
        (1.5e-10, "1.5e−10"),
        (6.02e23, "6.02e23"),
    ],
)
def test_numbers_are_formatted_for_reading(value: float, text: str) -> None:
    assert format_number(value) == text


SHARES = st.one_of(
    st.floats(1e-11, 1 - 1e-11),
    st.builds(lambda n, missing: (n - missing) / n, st.integers(2, 10**6), st.just(1)),
    st.builds(lambda n: 1 / n, st.integers(2, 10**6)),
)


@example(share=0.995, decimals=0)
@given(share=SHARES, decimals=st.integers(0, 3))
def test_no_share_is_rounded_to_0_or_100_percent(share: float, decimals: int) -> None:
    for text, one, places in (
        (format_share(share, decimals), 100, decimals),
        (format_fraction(share, decimals), 1, decimals),
        (fill("{share:.1%}", share=share), 100, 1),
    ):
        written = Fraction(text.rstrip("%"))
        assert 0 < written < one
        assert abs(written - one * Fraction(share)) <= Fraction(one, 2 * 10**12) + Fraction(1, 2 * 10**places)
        assert len(text.rstrip("%").partition(".")[2]) >= places


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_exact_shares_are_written_as_such(share: float) -> None:
    assert format_share(share) == f"{100 * share:.0f}%"
    assert format_fraction(share, 2) == f"{share:.2f}"


def test_a_difference_of_shares_keeps_its_sign() -> None:
    assert fill("{lead:+.1%} {other:+.1%}", lead=0.0312, other=-0.00001) == "+3.1% -0.0%"


def test_every_share_on_screen_is_written_by_one_function() -> None:
    formatted = re.compile(r"""\bf["'][^\n]*:[.\d]*%}""")
    files = [file for folder in ("pages", "views", "ui") for file in (ROOT / folder).rglob("*.py")]
    own = ROOT / "ui" / "numbers.py"
    assert [file.name for file in files if file != own and formatted.search(file.read_text(encoding="utf-8"))] == []


def prose(text: str) -> str:
    """Return a phrase without tables and formulas; a placeholder is one word."""
    lines = [line for line in text.split("\n") if not line.strip().startswith("|")]
    return re.sub(r"\{[^{}]*\}", "0", re.sub(r"\$\$.*?\$\$", ".", "\n".join(lines), flags=re.DOTALL))


def sentences(text: str) -> list[str]:
    """Return the sentences of a phrase, without what they add in brackets."""
    plain = re.sub(r"\([^()]*\)", "", re.sub(r"(?<=\d)\.(?=\d)", "", prose(text)))
    return re.split(r"(?<=[.?!])\s+|\n\n", plain)


@files
def test_sentences_have_at_most_thirty_words(file) -> None:
    # The formulas of cross-entropy are a list.
    checked = {path: phrase["en"] for path, phrase in phrases(file).items() if path != "formulas"}
    assert [(path, s) for path, text in checked.items() for s in sentences(text) if len(s.split()) > 30] == []


@files
def test_korean_sentences_have_at_most_twenty_two_words(file) -> None:
    # A Korean word holds its particles, so a sentence has fewer of them.
    checked = {path: re.sub(r"`[^`]*`", "0", phrase["ko"]) for path, phrase in phrases(file).items()}
    long = [(path, s) for path, text in checked.items() for s in sentences(text) if len(s.split()) > 22]
    assert [(path, s) for path, s in long if path != "formulas"] == []


@files
def test_texts_have_at_most_fifty_words_outside_of_tables_and_formulas(file) -> None:
    # The formulas of cross-entropy are a list of definitions.
    checked = {path: phrase for path, phrase in phrases(file).items() if path != "formulas"}
    # Code between backticks is one word.
    counts = {
        (path, lang): len(re.sub(r"`[^`]*`", "0", prose(text)).split())
        for path, phrase in checked.items()
        for lang, text in phrase.items()
    }
    assert {place: count for place, count in counts.items() if count > 50} == {}
