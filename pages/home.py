"""Which explainer answers my question?"""

import importlib

import streamlit as st

from ui.charts.sparkline import sparkline
from ui.page import open_page
from ui.registry import EXPLAINERS, PAGES
from ui.server.cache import cached
from ui.text import Words

COLUMNS = 3

page = open_page(__file__)

page.text(page.words("start"))
# Row by row, so that the order of the explainers is the order of reading.
for first in range(0, len(EXPLAINERS), COLUMNS):
    row = EXPLAINERS[first : first + COLUMNS]
    for column, explainer in zip(st.columns(COLUMNS), row, strict=False):
        words = Words(explainer.stem, page.words.language)
        with column, st.container(border=True, key=f"card_{explainer.stem}"):
            st.caption(f"{EXPLAINERS.index(explainer) + 1} · {page.words(f'groups.{explainer.group}')}")
            st.page_link(
                PAGES / f"{explainer.stem}.py",
                label=f"**{words('title')}**",
                icon=explainer.icon,
                query_params={"lang": page.words.language},
            )
            thumbnail = cached(importlib.import_module(f"core.{explainer.stem}").thumbnail)()
            st.html(sparkline(thumbnail, words("thumbnail")))
            st.caption(words("question"))
