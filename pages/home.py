"""The home page: a card per explainer."""

import importlib

import streamlit as st

from ui.charts.sparkline import sparkline
from ui.page import open_page
from ui.registry import EXPLAINERS, PAGES
from ui.server.cache import cached
from ui.text import Words

COLUMNS = 3
NUMBERS = {explainer.stem: number for number, explainer in enumerate(EXPLAINERS, 1)}

page = open_page(__file__)

page.text(page.words("start"))
lessons = Words("lessons", page.words.language)
st.page_link(
    PAGES / "lessons.py",
    label=f"**{lessons('title')}** · {lessons('question')}",
    icon=":material/route:",
    query_params={"lang": page.words.language},
)
# Row by row, so that the order of the explainers is the order of reading.
for first in range(0, len(EXPLAINERS), COLUMNS):
    row = EXPLAINERS[first : first + COLUMNS]
    for column, explainer in zip(st.columns(COLUMNS), row, strict=False):
        words = Words(explainer.stem, page.words.language)
        with column, st.container(border=True, key=f"card_{explainer.stem}"):
            place = f"{NUMBERS[explainer.stem]} · {page.words(f'groups.{explainer.group}')}"
            if before := ", ".join(str(NUMBERS[stem]) for stem in explainer.builds_on):
                place += f" · {page.words('builds_on', numbers=before)}"
            st.caption(place)
            st.page_link(
                PAGES / f"{explainer.stem}.py",
                label=f"**{words('title')}**",
                icon=explainer.icon,
                query_params={"lang": page.words.language},
            )
            st.caption(words("question"))
            thumbnail = cached(importlib.import_module(f"core.{explainer.stem}").thumbnail)()
            axes = {"x_title": words("thumbnail_x"), "y_title": words("thumbnail_y")}
            st.html(sparkline(thumbnail, words("thumbnail"), **axes))
            st.caption(words("thumbnail_finding"))
