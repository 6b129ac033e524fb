"""Korean particles that depend on how the word before them is read aloud.

A phrase writes both forms in square brackets, the one after a consonant first: ``{value}[은/는]``.
`choose_particles` selects the right one when the value is known.
"""

from __future__ import annotations

import re

_PAIR = re.compile(r"(?P<before>[^\s\[\]]*)\[(?P<consonant>[가-힣]+)/(?P<vowel>[가-힣]+)\]")
# Characters to skip between the word and the particle: closing quotation marks and brackets, and marks for HTML.
_SKIPPED = "*`'\"’”)]>」』"

# The final consonant (empty if there is none) of digits as they are read: 영 일 이 삼 사 오 육 칠 팔 구.
_DIGITS: dict[str, str] = dict(zip("0123456789", ("ㅇ", "ㄹ", "", "ㅁ", "", "", "ㄱ", "ㄹ", "ㄹ", ""), strict=True))
# Of numbers by the power of ten they end with: 십 백 천 만 … 억 … 조.
_POWERS = {1: "ㅂ", 2: "ㄱ", 3: "ㄴ", **dict.fromkeys(range(4, 8), "ㄴ"), **dict.fromkeys(range(8, 12), "ㄱ")}
# Of letters by their Korean names: 엘 엠 엔 알, all others end in a vowel.
_LETTERS: dict[str, str] = {"l": "ㄹ", "m": "ㅁ", "n": "ㄴ", "r": "ㄹ"}
# Of symbols: 퍼센트, 무한대, and Greek letters (엡실론, 입실론, 람다 …).
_SYMBOLS = {"ε": "ㄴ", "υ": "ㄴ", "ο": "ㄴ"}
# Of words in Latin letters whose spelling says little about how they are read: 소프트맥스, 배치 …
_WORDS = {
    "softmax": "",
    "relu": "",
    "gelu": "",
    "adam": "ㅁ",
    "batch": "",
    "boosting": "ㅇ",
    "bagging": "ㅇ",
    "dropout": "ㅅ",
    "logit": "ㅅ",
    "float": "ㅅ",
    "nan": "ㄴ",
    "inf": "",
    "log": "ㄱ",
    "exp": "",
    "sgd": "",
    "gd": "",
    "kl": "ㄹ",
    "js": "",
    "ce": "",
    "cls": "",
    "mnist": "",
}


def choose_particles(text: str) -> str:
    """Replace every pair of particles in a text by the one that fits the word before it.

    Examples
    --------
    >>> choose_particles("B = 16[은/는] 작고 B = 32[은/는] 큽니다. float16[으로/로] 계산합니다.")
    'B = 16은 작고 B = 32는 큽니다. float16으로 계산합니다.'
    """

    def choose(match: re.Match[str]) -> str:
        before, consonant, vowel = match["before"], match["consonant"], match["vowel"]
        ending = final_consonant(before)
        # 로 also follows ㄹ: 서울로, 1로.
        after_vowel = not ending or (consonant.startswith("으로") and ending == "ㄹ")
        return before + (vowel if after_vowel else consonant)

    return _PAIR.sub(choose, text)


def final_consonant(word: str) -> str:
    """Return the final consonant of a word as it is read aloud in Korean; empty if it ends in a vowel.

    Examples
    --------
    >>> [final_consonant(word) for word in ("값", "기울기", "10", "0.25", "1,000", "3%", "KL", "float32")]
    ['ㅄ', '', 'ㅂ', '', 'ㄴ', '', 'ㄹ', '']
    """
    word = re.sub(r"<[^>]*>$", "", word).rstrip(_SKIPPED)
    if not word:
        return ""
    last = word[-1]
    if "가" <= last <= "힣":
        jongseong: list[str] = ["", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"]
        return jongseong[(ord(last) - ord("가")) % 28]
    if last in _DIGITS:
        return _number_ending(word)
    if last.isascii() and last.isalpha():
        letters = re.search(r"[A-Za-z]+$", word)
        assert letters is not None
        spelled: str = letters[0]
        if spelled.lower() in _WORDS:
            return _WORDS[spelled.lower()]
        if spelled.lower().endswith("ng"):
            return "ㅇ"
        return _LETTERS.get(last.lower(), "")
    return _SYMBOLS.get(last, "")


def _number_ending(word: str) -> str:
    number = re.search(r"[\d,.]+$", word)
    assert number is not None
    digits = number[0].replace(",", "").rstrip(".")
    # Decimals are read digit by digit; integers by their last power of ten.
    if "." in digits:
        return _DIGITS[digits[-1]]
    zeros = len(digits) - len(digits.rstrip("0"))
    if zeros == len(digits):
        return _DIGITS["0"]
    return _POWERS.get(zeros, "") if zeros else _DIGITS[digits[-1]]
