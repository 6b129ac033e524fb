"""Lessons survive a link and a file, and whatever else a link or a file has is refused with a reason."""

import base64
import json
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ui.lessons import (
    MAX_BYTES,
    MAX_LINK,
    MAX_NOTE,
    MAX_STEPS,
    MAX_TITLE,
    InvalidLesson,
    Lesson,
    Step,
    from_json,
    from_link,
    to_json,
    to_link,
)

SCENES = {"one": ["a", "b"], "two": ["c"]}
places = st.sampled_from([("one", "a"), ("one", "b"), ("two", "c")])
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
steps = st.builds(lambda place, title, note: Step(*place, title, note), places, texts, texts)
lessons = st.builds(Lesson, texts, st.lists(steps, min_size=1, max_size=8).map(tuple))


def packed(text: str) -> str:
    return base64.urlsafe_b64encode(zlib.compress(text.encode())).decode().rstrip("=")


def refused(function, text) -> str:
    """Return the rule for which a text is refused."""
    with pytest.raises(InvalidLesson) as caught:
        function(text, SCENES)
    return caught.value.code


@given(lessons)
@settings(derandomize=True, max_examples=60)
def test_a_lesson_survives_its_link_and_its_file(lesson: Lesson) -> None:
    link = to_link(lesson)
    assert set(link) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert from_link(link, SCENES) == lesson
    assert from_json(to_json(lesson).encode(), SCENES) == lesson


@given(st.one_of(st.text(max_size=60), st.binary(max_size=60)))
@settings(derandomize=True, max_examples=150)
def test_any_text_is_refused_as_a_lesson(text: str | bytes) -> None:
    assert refused(from_json, text) == "not_a_lesson"
    if isinstance(text, str):
        assert refused(from_link, text) == "not_a_lesson"
        assert refused(from_link, packed(text)) == "not_a_lesson"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["version", "title", "steps", "page", "scene"]), inner, max_size=4)
        ),
    )
)
@settings(derandomize=True, max_examples=150)
def test_any_json_is_refused_as_a_lesson(found) -> None:
    assert refused(from_json, json.dumps(found)) in ("not_a_lesson", "version", "no_steps")
    assert refused(from_json, json.dumps({"version": 1, "title": "", "steps": found})) in (
        "not_a_lesson",
        "no_steps",
        "unknown_scene",
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"version": 2}, "version"),
        ({"version": 10**400}, "version"),
        ({"version": True, "steps": "x"}, "not_a_lesson"),
        ({"title": "x" * (MAX_TITLE + 1)}, "text_too_long"),
        ({"title": None}, "not_a_lesson"),
        ({"steps": []}, "no_steps"),
        ({"steps": [{"page": "one", "scene": "a"}] * (MAX_STEPS + 1)}, "too_many_steps"),
        ({"steps": [{"page": "one", "scene": "c"}]}, "unknown_scene"),
        ({"steps": [{"page": "../one", "scene": "a"}]}, "unknown_scene"),
        ({"steps": [{"page": "one", "scene": "a", "note": "x" * (MAX_NOTE + 1)}]}, "text_too_long"),
        ({"steps": [{"page": ["one"], "scene": "a"}]}, "not_a_lesson"),
    ],
)
def test_a_refused_lesson_names_the_broken_rule(change: dict, code: str) -> None:
    lesson = {"version": 1, "title": "x", "steps": [{"page": "one", "scene": "a"}]}
    assert from_json(json.dumps(lesson), SCENES).title == "x"
    text = json.dumps(lesson | change)
    assert refused(from_json, text) == code
    assert refused(from_link, packed(text)) == code


def test_a_small_link_does_not_expand_without_limit() -> None:
    bomb = base64.urlsafe_b64encode(zlib.compress(b"0" * (4 * 10**6), 9)).decode().rstrip("=")
    assert len(bomb) < MAX_LINK
    tracemalloc.start()
    assert refused(from_link, bomb) == "too_long"
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10**6
    assert refused(from_json, "0" * (MAX_BYTES + 1)) == "too_long"
    assert refused(from_link, "A" * (MAX_LINK + 1)) == "link_too_long"


@pytest.mark.parametrize("text", ["[" * 100_000, '{"version": 1, "title": "\\ud800", "steps": [0]}'])
def test_malicious_json_is_refused_as_a_lesson(text: str) -> None:
    assert refused(from_json, text) == "not_a_lesson"


def test_half_of_a_surrogate_pair_can_be_sent() -> None:
    found = from_json('{"version": 1, "title": "\\ud800", "steps": [{"page": "two", "scene": "c"}]}', SCENES)
    assert found.title.encode() == b"?"


def test_a_lesson_that_is_too_long_has_no_link() -> None:
    notes = [
        Step("one", "a", note="".join(chr(0x4E00 + (7 * k * k + n) % 9000) for k in range(900))) for n in range(40)
    ]
    with pytest.raises(InvalidLesson, match="link_too_long"):
        to_link(Lesson("x", tuple(notes)))
