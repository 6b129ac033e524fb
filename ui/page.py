"""The furniture of a page: a page says what, this says how."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import streamlit as st

from core.claims import Claim, Claims, Verdict
from core.validate import InvalidArgument
from ui import address, controls, startup
from ui.board import Board, Part
from ui.legend import figures, heading, legend, noticed, rich
from ui.registry import EXPLAINERS, PAGES
from ui.text import LANGUAGES, Words, language, sources
from ui.theme import CHART_CONFIG, tint
from ui.turns import aside, in_turn

if TYPE_CHECKING:  # Altair and Arrow, which take a while to load, are for the pages that draw with them
    from ui.arrow import Columns
    from ui.charts import AnyChart

T = TypeVar("T")
Settings = Mapping[str, Any]
Layout = Literal["below", "even", "wide"]

VERDICT_LOOKS: dict[Verdict, tuple[Any, str]] = {
    Verdict.HOLDS: ("green", ":material/check_circle:"),
    Verdict.DEPENDS: ("orange", ":material/balance:"),
    Verdict.FALSE: ("red", ":material/cancel:"),
    Verdict.UNTESTED: ("gray", ":material/help:"),
}


def open_page(file: str) -> Page:
    """Draw a page's head, and return its furniture."""
    startup.require_app()
    page = Page(Path(file).stem, language())
    if st.session_state.get("page") not in (None, page.prefix):
        # Coming from another page: this one starts from its link, not from what was left behind.
        for key in [key for key in st.session_state if str(key).startswith(page.prefix)]:
            del st.session_state[key]
        address.forget()
    st.session_state.page = page.prefix
    address.begin(page.prefix, page.words.language if st.session_state.language_named else None)
    page.head()
    return page


def fragment(draw: Callable[[], None]) -> Callable[[], None]:
    """Decorate what a page's controls move: a move runs it by itself, and readers' moves take turns."""
    run: Callable[[], None] = st.fragment(in_turn(draw))
    return run


class Page:
    """What `open_page` returns.

    Attributes
    ----------
    prefix : str
        Opens the key of every control, so that a link's parameters belong to one page.
    words : Words
        The page's phrases in the reader's language.
    values, defaults : dict
        The current and the default value of every control drawn so far, by name.
    """

    def __init__(self, stem: str, language: str) -> None:
        self.prefix = stem.split("_")[0] + "_"
        self.words = Words(stem, language)
        self.values: dict[str, Any] = {}
        self.defaults: dict[str, Any] = {}
        self._board: Board | None = None
        self._folded = False
        self._behind: str | None = None
        self._drawn = 0
        self._said: list[str] | None = None
        self._own = False

    def head(self) -> None:
        """Draw the way to the other pages, the choice of language, the title and the question."""
        words, stems, codes = self.words, ("home", *(e.stem for e in EXPLAINERS)), tuple(LANGUAGES)
        if (asked := st.session_state.pop("go_to", None)) is not None:
            st.switch_page(PAGES / f"{stems[asked]}.py", query_params={"lang": words.language})

        def go(place: object) -> None:
            if isinstance(place, int) and 0 <= place < len(stems):
                st.session_state.go_to = place

        def speak(place: object) -> None:
            if isinstance(place, int) and 0 <= place < len(codes):
                st.session_state.language, st.session_state.language_named = codes[place], True

        titles = (words("home"), *(Words(e.stem, words.language)("title") for e in EXPLAINERS))
        # As addresses below the one that a page's own lies below.
        links = tuple(f"{stem if stem != 'home' else '.'}?lang={words.language}" for stem in stems)
        rest = (("links", links), ("here", stems.index(words.stem)))
        board = Board("head", across=True)
        board.add(Part("menu", "menu", words("pages"), options=titles, rest=rest), take=go)
        spoken = Part(
            "language_choice", "row", words("language"), options=tuple(LANGUAGES.values()), rest=(("bare", True),)
        )
        board.add(spoken, codes.index(words.language), speak)
        board.add(Part("title", "title", words("title"), rest=(("question", words("question")),)))
        board.draw()

    # --- predict first, then see

    def predict(self, answers: Mapping[str, Settings], *, right: str, reveal: Callable[[], Mapping[str, Any]]) -> None:
        """Ask before anything gives the answer away; an answer sets up the experiment that decides it.

        It stands outside of what the controls move: what it asks does not follow them.

        Parameters
        ----------
        answers : mapping of str to mapping
            For each answer (its words stand at ``predict.options.<answer>``) the controls that it sets.
        right : str
            The answer that the experiment bears out.
        reveal : callable
            Computes what fills ``predict.reveal``; called once an answer is chosen.
        """
        words, key, board = self.words, f"{self.prefix}predict", Board(f"{self.prefix}predict")
        rest = (("look", "predict"), ("lead", words("predict_title")))
        part = Part(key, "pick", words("predict.question"), rest=rest)
        offered = {answer: words(f"predict.options.{answer}") for answer in answers}
        if chosen := controls.pick(board, part, offered, then=lambda code: self._set_up(answers.get(code or "", {}))):
            correct = chosen == right
            said = rich(
                f"**{words('predict_right' if correct else 'predict_wrong')}** {words('predict.reveal', **reveal())}"
            )
            board.texts[key] = f"<p role='status'{' class=right' if correct else ''}>{said}</p>"
        board.draw()

    # --- scenes and controls

    @contextmanager
    def controls(self, scenes: Mapping[str, Settings], picture: Layout = "below") -> Iterator[None]:
        """Hold the page's controls, with the scenes above them, and make room for the picture beside them.

        ``picture``: its first two charts stand below each other, or beside each other, "even" or the first one "wide".
        """
        self.values.clear()
        self._own = False
        # One grid, see style.css, where columns within columns would cost every move eight elements.
        self._grid = st.container(key=f"explore_{picture}")
        with self._grid, self._collected(Board(f"{self.prefix}controls")) as board:
            yield
            reset = Part(f"{self.prefix}reset", "press", self.words("reset"))
            board.add(reset, take=lambda _: self._set_up({}))
            self._add_scenes(board, scenes)

    @contextmanager
    def group(self, name: str) -> Iterator[None]:
        """Hold controls of a tab, beside each other."""
        with self._collected(Board(self.prefix + name, across=True)):
            yield

    @contextmanager
    def _collected(self, board: Board) -> Iterator[Board]:
        self._board = board
        try:
            yield board
        finally:  # also where another move cuts this run short
            self._board = None
        board.draw()

    @contextmanager
    def _on_board(self, name: str) -> Iterator[Board]:
        """Give the board that is being collected; a control by itself has its own."""
        if self._board:
            yield self._board
        else:
            with self._collected(Board(self.prefix + name)) as board:
                yield board

    def _add_scenes(self, board: Board, scenes: Mapping[str, Settings]) -> None:
        words, key, names = self.words, f"{self.prefix}scene", list(scenes)
        # The scene on screen is the one whose settings all stand; where several do, the one that says the most.
        standing = [name for name in names if self._stands(scenes[name])]
        active = max(standing, key=lambda name: len(scenes[name]), default=None)
        if active:
            st.session_state[f"{key}_at"] = names.index(active)

        def show(place: object) -> None:
            if isinstance(place, int) and 0 <= place < len(names):
                self._set_up(scenes[names[place]])

        titles = tuple(f"{n}/{len(names)} · {words(f'scenes.{name}.name')}" for n, name in enumerate(names, 1))
        rest = tuple((said, words(f"scene_{said}")) for said in ("previous", "next", "none"))
        part = Part(key, "scenes", words("scenes_title"), options=titles, rest=rest)
        board.add(part, [names.index(active) if active else -1, st.session_state.get(f"{key}_at", -1)], show)
        board.texts[key] = rich(words(f"scenes.{active}.text") if active else words("scene_none_text"))

    def _stands(self, settings: Settings) -> bool:
        if any(settings.get(name, self.defaults[name]) != value for name, value in self.values.items()):
            return False
        named = all(self._is_set(name, value) for name, value in settings.items() if name not in self.values)
        # A scene that opens a tab leaves the other controls inside tabs where they are at first; those drawn before now
        # are known by their defaults.
        unnamed = {name: default for name, default in self.defaults.items() if name not in {**self.values, **settings}}
        kept = all(st.session_state.get(self.prefix + name, default) == default for name, default in unnamed.items())
        return named and (kept or "tab" not in settings)

    def _is_set(self, name: str, value: Any) -> bool:
        # A control inside a tab is drawn later than the scenes: on a page's first run only the link knows it.
        key = self.prefix + name
        if key in st.session_state:
            return bool(st.session_state[key] == value)
        return st.query_params.get(key) == (controls.plain(value) if isinstance(value, float) else str(value))

    def _set_up(self, settings: Settings) -> None:
        for name, value in {**self.defaults, **settings}.items():
            st.session_state[self.prefix + name] = value

    @contextmanager
    def more_controls(self) -> Iterator[None]:
        """Hold the controls beyond the first five, folded away."""
        assert self._board is not None
        self._board.add(Part(f"{self.prefix}more", "fold", self.words("more_controls")))
        self._folded = True
        try:
            yield
        finally:
            self._folded = False

    def remark(self, text: str) -> None:
        """Say something below the control drawn last."""
        assert self._board is not None
        key = f"{self._board.last}_remark"
        self._board.add(Part(key, "said"))
        self._board.texts[key] = rich(text)

    def _label(self, name: str) -> str:
        return self.words(f"controls.{name}.label")

    def _help(self, name: str) -> str | None:
        path = f"controls.{name}.help"
        return self.words(path) if self.words.has(path) else None

    def _note(self, name: str, value: T, default: T) -> T:
        self.values[name], self.defaults[name] = value, default
        return value

    def slider(self, name: str, low: float, high: float, default: float, *, step: float, live: bool = True) -> Any:
        """Draw a slider over evenly spaced numbers and return its value; whole numbers if ``step`` is one."""
        count = round((high - low) / step) + 1
        values = [low + i * step if isinstance(step, int) else round(low + i * step, 10) for i in range(count)]
        return self.steps(name, values, default, live=live)

    def steps(self, name: str, values: Sequence[float], default: float, *, live: bool = True) -> Any:
        """Draw a slider over listed numbers and return its value.

        ``live`` reports while it is dragged; turn it off where a move takes more than some 100 ms to compute.
        """
        with self._on_board(name) as board:
            value = controls.slider(
                board, self.prefix + name, self._label(name), values, default, help=self._help(name), live=live,
                folded=self._folded,
            )  # fmt: skip
        return self._note(name, value, default)

    def choice(self, name: str, options: Sequence[str], default: str, *, compact: bool = False) -> str:
        """Draw a choice among codes (words at ``controls.<name>.options.<code>``) and return the code."""
        labels = {code: self.words(f"controls.{name}.options.{code}") for code in options}
        with self._on_board(name) as board:
            value = controls.choice(
                board, self.prefix + name, self._label(name), labels, default, help=self._help(name), compact=compact,
                folded=self._folded,
            )  # fmt: skip
        return self._note(name, value, default)

    def toggle(self, name: str, default: bool = False) -> bool:
        """Draw a switch and return its value."""
        with self._on_board(name) as board:
            value = controls.toggle(
                board, self.prefix + name, self._label(name), default, help=self._help(name), folded=self._folded
            )
        return self._note(name, value, default)

    def seed(self, default: int = 0) -> int:
        """Draw the field of the random seed and return it."""
        with self._on_board("seed") as board:
            value = controls.integer(
                board, f"{self.prefix}seed", self.words("seed"), 0, 99_999, default, help=self.words("seed_help"),
                folded=self._folded,
            )  # fmt: skip
        return self._note("seed", value, default)

    def typed(self, name: str, parse: Callable[[str], T]) -> T | None:
        """Draw a field for typed text and return what ``parse`` makes of it; None while it is empty.

        What `parse` refuses (`InvalidArgument`) is explained under the field; the last value that it accepted stays.
        """
        key = self.prefix + name
        with self._on_board(name) as board:
            text = controls.text(
                board, key, self._label(name), placeholder=self.words(f"controls.{name}.placeholder"),
                help=self._help(name), folded=self._folded,
            )  # fmt: skip
            self._note(name, text, "")
            if not text.strip():
                st.session_state.pop(f"{key}_last_good", None)
                return None
            return self.checked(name, lambda: parse(text), None)

    def number(self, name: str, default: float, *, step: float, check: Callable[[float], float]) -> float:
        """Draw a field for a number and return it; what ``check`` refuses is explained, the last good one stays."""
        with self._on_board(name) as board:
            value = controls.real(
                board, self.prefix + name, self._label(name), default, step=step, help=self._help(name),
                folded=self._folded,
            )  # fmt: skip
            self._note(name, value, default)
            return self.checked(name, lambda: check(value), default)

    def checked(self, name: str, compute: Callable[[], T], otherwise: T) -> T:
        """Return what ``compute`` makes of the control ``name``, or of several together, after the last of them.

        What it refuses is explained there; the last value stays, or ``otherwise`` if there is none.
        """
        last_good = f"{self.prefix}{name}_last_good"
        try:
            st.session_state[last_good] = compute()
        except InvalidArgument as error:
            self.keep_apart()
            if self._board:
                self._board.explain(self.prefix + name, self.explain(error))
            else:
                st.error(self.explain(error), icon=":material/error:")
        kept: T = st.session_state.get(last_good, otherwise)
        return kept

    def explain(self, error: InvalidArgument) -> str:
        """Say in the reader's language what an argument of `core` broke."""
        return self.words(f"errors.{error.code}", **error.details)

    # --- the picture

    @contextmanager
    def picture(self) -> Iterator[None]:
        """Hold the picture, beside the controls (below them on a phone).

        Its texts are one element, whose parts ``style.css`` puts in their places among the charts.
        """
        self._drawn, self._said = 0, []
        try:
            with self._grid:
                yield
                if self._said:
                    st.html("".join(self._said))
        finally:
            self._said = None

    def once(self, draw: Callable[[], T]) -> T:
        """Draw what follows from the controls alone: for the first reader who has them so, and kept for the others.

        It is what a picture consists of, but for long work (`job`), which comes before. What ``draw`` returns is kept
        too, and is read and never changed.
        """
        assert self._said is not None
        if self._own or _code_changes():
            return draw()
        state = f"{self.words.stem} {self.words.language} {self.values}"
        value: T
        value, self._drawn, said = _draw_once(state, self, draw)
        self._said = [*said]
        return value

    def keep_apart(self) -> None:
        """Share nothing of this picture: more than the controls' values goes into it, such as a reader's own table."""
        self._own = True

    def _say(self, text: str, role: str = "said") -> None:
        """Show HTML; in the picture, after the charts drawn so far."""
        if self._said is None:
            st.html(text)
        else:
            after = self._drawn
            self._said.append(f"<div class='{role} {role}-{after}' style='order:{2 * after + 1}'>{text}</div>")

    def chart(self, name: str, build: Callable[..., AnyChart], data: Mapping[str, Columns], **options: Any) -> None:
        """Draw a chart from ``ui.charts`` over named data.

        Parameters
        ----------
        name : str
            Its title, alternative text and axis titles stand at ``charts.<name>.{title,alt,x,y}``.
        build : callable
            A builder of ``ui.charts``; its result depends on ``options`` alone, so it is built once and kept.
        data : mapping of str to columns by name
            What is drawn now, by the names that the builder uses (see `ui.frames`).
        **options
            Hashable options of the builder.
        """
        for axis in ("x", "y"):
            if self.words.has(f"charts.{name}.{axis}"):
                options[f"{axis}_title"] = self.words(f"charts.{name}.{axis}")
        title = self.words(f"charts.{name}.title") if self.words.has(f"charts.{name}.title") else ""
        self.draw(name, build, data, alt=self.words(f"charts.{name}.alt"), title=title, **options)

    def draw(
        self, name: str, build: Callable[..., AnyChart], data: Mapping[str, Columns], *, alt: str, title: str = "",
        **options: Any,
    ) -> None:  # fmt: skip
        """Draw a chart whose words are at hand (`chart` finds them by name)."""
        from ui import arrow

        spec = _spec(build, tuple(sorted(options.items())))
        told_apart = {n: options[n] for n in ("looks", "series", "colours", "kinds") if n in options}
        if head := heading(title) + legend(**told_apart):
            self._say(head, "head")
        self._drawn += 1
        # Said aloud, because Streamlit's own choice leaves charts in rows at their natural width.
        streams = {key: arrow.stream(frame) for key, frame in data.items()}
        st.vega_lite_chart(spec | {"datasets": streams}, width="stretch", key=f"{self.prefix}chart_{name}", alt=alt)

    def looks(self, table: str, **fills: tuple[str, float]) -> tuple[tuple[str, str], ...]:
        """Name the states or categories of a chart (words at ``<table>.<state>``), each with colour and opacity."""
        return tuple((self.words(f"{table}.{state}"), tint(*fill)) for state, fill in fills.items())

    def metrics(self, values: Mapping[str, str]) -> None:
        """Show figures in a row, each under its name at ``metrics.<name>``."""
        self._say(figures({self.words(f"metrics.{name}"): value for name, value in values.items()}))

    def tabs(self, views: Mapping[str, Callable[[], None]]) -> None:
        """Offer the deeper views as tabs (names at ``tabs.<code>``); only an open one is computed, at first none.

        Beside them what is behind the picture is offered, which `code` and `download` are to show.
        """
        self.defaults["tab"] = None
        # Not st.tabs: at every change on the page its panel searches all it holds for something to focus, which costs a
        # slider move some 10 ms; and its state is a label of the page's language.
        board, words = Board(f"{self.prefix}below", across=True), self.words
        labels = {code: words(f"tabs.{code}") for code in views}
        opened = controls.pick(board, Part(f"{self.prefix}tab", "pick", words("tabs_title")), labels)
        behind = {code: words(f"{code}_title") for code in ("code", "data")}
        self._behind = controls.pick(board, Part(f"{self.prefix}behind", "pick", words("behind_title")), behind)
        board.draw()
        if opened:
            views[opened]()

    # --- long work

    def job(self, name: str, function: Callable[..., T], *, short: bool = False, **arguments: Any) -> T:
        """Run a long computation in a worker process, showing how far it is; the same one is computed once and kept.

        Parameters
        ----------
        name : str
            Says what is being computed, at ``jobs.<name>``.
        function : callable
            A function of `core` that takes ``report``, see `ui.jobs`.
        short : bool
            It takes less than a second, and does not wait behind what takes longer.
        **arguments
            Its arguments, picklable and with a telling repr.
        """
        place, label, bars = st.empty(), self.words(f"jobs.{name}"), []
        # A control that moves meanwhile ends this run at the next st call, and with it the waiting.
        with aside():
            result: T = startup.jobs(short=short).compute(
                function, arguments, lambda fraction: bars.append(place.progress(fraction, label))
            )
        if bars:
            place.empty()
        return result

    # --- below the picture

    def caption(self, text: str) -> None:
        """Say something small."""
        self._say(f"<p class='caption'>{rich(text)}</p>")

    def notice(self, *sentences: str) -> None:
        """Say what to notice in what is on screen now."""
        self._say(noticed(self.words("notice_title"), sentences))

    def code(self, *functions: Callable[..., Any], snippet: str) -> None:
        """Show a snippet that reproduces the figures on screen, and the source of the functions that ran."""
        if self._behind == "code":
            st.caption(self.words("code_snippet"))
            st.code(inspect.cleandoc(snippet))
            st.caption(self.words("code_source"))
            for function in functions:
                st.code(inspect.getsource(function))

    def download(self, frames: Mapping[str, Callable[[], Columns]]) -> None:
        """Offer what the charts show as CSV files, each made when its button is pressed."""
        if self._behind == "data":
            with st.container(horizontal=True):
                for name, frame in frames.items():
                    st.download_button(
                        f"{name}.csv", partial(_csv, frame), f"{self.prefix}{name}.csv",
                        "text/csv", on_click="ignore", key=f"{self.prefix}csv_{name}",
                    )  # fmt: skip

    def claims(self, claims: Claims) -> None:
        """Put sentences from lecture notes on trial (``claims.<key>.{sentence,evidence}``), each when it is chosen."""
        words = self.words

        @st.fragment
        def trial() -> None:
            sentences = {name: words(f"claims.{name}.sentence") for name in claims}
            board, key = Board(f"{self.prefix}claims"), f"{self.prefix}claim"
            part = Part(key, "list", words("claims_caption"), rest=(("heading", words("claims_title")),))
            chosen = controls.pick(board, part, sentences)
            board.draw()
            if chosen:
                claim = _try_claim(self.prefix, chosen, claims[chosen])
                colour, icon = VERDICT_LOOKS[claim.verdict]
                with st.container(border=True):
                    st.badge(words(f"verdicts.{claim.verdict}"), icon=icon, color=colour)
                    st.markdown(f"**{sentences[chosen]}**")
                    evidence = words(f"claims.{chosen}.evidence", **claim.evidence)
                    st.markdown(re.sub(r"(?<!\w)-(?=\d)", "−", evidence))  # a minus sign, not a hyphen

        trial()

    def sources(self) -> None:
        """List the literature, from ``sources`` at the head of the page's words."""
        listed = "\n".join(f"- [{text}]({address})" for text, address in sources(self.words.stem))
        st.markdown(f"## {self.words('sources_title')}\n\n{listed}")


@lru_cache(maxsize=512)
def _spec(build: Callable[..., AnyChart], options: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    # Building costs about 20 ms a chart; an unchanged spec also keeps the SVG node in the browser. Validating takes as
    # long again, and is left to the tests.
    spec: dict[str, Any] = build(**dict(options)).to_dict(validate=False)
    return spec | {"config": CHART_CONFIG}


@cache
def _code_changes() -> bool:
    # With `make dev`: what was drawn before an edit is not what would be drawn now.
    return bool(st.get_option("server.fileWatcherType") != "none")


@st.cache_resource(max_entries=512, show_spinner=False)
def _draw_once(state: str, _page: Page, _draw: Callable[[], T]) -> tuple[T, int, list[str]]:
    # Streamlit sends what was drawn in here again whenever it is asked for the same state: no frame is made, no table
    # written and nothing computed.
    value = _draw()
    assert _page._said is not None
    return value, _page._drawn, _page._said


@st.cache_data(max_entries=256, show_spinner=True)
def _try_claim(prefix: str, name: str, _compute: Callable[[], Claim]) -> Claim:
    return _compute()


def _csv(frame: Callable[[], Columns]) -> bytes:
    import pyarrow as pa
    from pyarrow import csv

    from ui import arrow

    written = pa.BufferOutputStream()
    csv.write_csv(arrow.table(frame()), written)
    return bytes(written.getvalue())
