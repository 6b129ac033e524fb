"""Korean particles follow the word before them as it is read aloud."""

import re

import pytest

from ui.particles import choose_particles, final_consonant
from ui.registry import EXPLAINERS, PAGES
from ui.text import COMMON, phrases

FILES = [
    COMMON,
    PAGES / "home.toml",
    PAGES / "lessons.toml",
    *(PAGES / f"{explainer.stem}.toml" for explainer in EXPLAINERS),
]
FIXED = ("은(는)", "는(은)", "이(가)", "가(이)", "을(를)", "를(을)", "와(과)", "과(와)", "(으)로")
PARTICLE = r"(은|는|이|가|을|를|과|와|으로|로)(?=[\s.,:;)]|$)"
PLACEHOLDER = re.compile(r"\}[*`’”)]*" + PARTICLE)
# A number or a symbol of one or two letters; the spelling of a longer word does not say how it is read.
SYMBOL = re.compile(r"(?<![A-Za-z\d])([A-Za-z]{1,2}|[α-ω]|\d[\d.,]*)" + PARTICLE)
PAIRS = {
    "은/는",
    "이/가",
    "을/를",
    "과/와",
    "으로/로",
    "이라/라",
    "이다/다",
    "이며/며",
    "이고/고",
    "이었/였",
    "이면/면",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0[은/는]", "0은"),  # 영은
        ("2[은/는]", "2는"),  # 이는
        ("3[이/가]", "3이"),  # 삼이
        ("16[으로/로]", "16으로"),  # 십육으로
        ("1[으로/로]", "1로"),  # 일로
        ("8[으로/로]", "8로"),  # 팔로
        ("10[을/를]", "10을"),  # 십을
        ("100[과/와]", "100과"),  # 백과
        ("2,000[은/는]", "2,000은"),  # 이천은
        ("0.5[은/는]", "0.5는"),  # 영 점 오는
        ("95%[을/를]", "95%를"),  # 퍼센트를
        ("∞[이/가]", "∞가"),  # 무한대가
        ("−3[은/는]", "−3은"),
        ("기울기[은/는]", "기울기는"),
        ("손실[으로/로]", "손실로"),
        ("값[으로/로]", "값으로"),
        ("**softmax**[은/는]", "**softmax**는"),
        ("<strong>AdaBoost</strong>[은/는]", "<strong>AdaBoost</strong>는"),
        ("KL(P‖Q)[은/는]", "KL(P‖Q)는"),  # 큐는
        ("bagging[이/가]", "bagging이"),  # 배깅이
    ],
)
def test_the_particle_fits_the_word(text: str, expected: str) -> None:
    assert choose_particles(text) == expected


def test_a_text_without_pairs_is_unchanged() -> None:
    text = "[CLS] 토큰, 구간 [0, 1], a/b"
    assert choose_particles(text) == text


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_phrases_write_no_fixed_double_particles(file) -> None:
    for path, phrase in phrases(file).items():
        assert not any(fixed in phrase["ko"] for fixed in FIXED), path


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_pairs_of_particles_are_known_and_only_korean(file) -> None:
    for path, phrase in phrases(file).items():
        found = set(re.findall(r"\[([가-힣]+/[가-힣]+)\]", phrase["ko"]))
        assert found <= PAIRS, path
        assert not re.search(r"\[[가-힣]+/[가-힣]+\]", phrase["en"]), path


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_particle_after_a_placeholder_is_a_pair(file) -> None:
    assert [path for path, phrase in phrases(file).items() if PLACEHOLDER.search(phrase["ko"])] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_particles_after_numbers_and_symbols_fit(file) -> None:
    for path, phrase in phrases(file).items():
        for symbol, particle in SYMBOL.findall(phrase["ko"]):
            ending = final_consonant(symbol)
            after_vowel = not ending or (particle in ("으로", "로") and ending == "ㄹ")
            assert (particle in ("는", "가", "를", "와", "로")) == after_vowel, (path, symbol + particle)
