"""Which explainer answers my question?"""

import importlib

import streamlit as st

from ui.charts.sparkline import sparkline
from ui.page import open_page
from ui.registry import EXPLAINERS, GROUPS, PAGES
from ui.server.cache import cached
from ui.text import Words

page = open_page(__file__)


for group in GROUPS:
    members = [explainer for explainer in EXPLAINERS if explainer.group == group]
    if not members:
        continue
    st.subheader(page.words(f"groups.{group}"), anchor=False)
    for column, explainer in zip(st.columns(3), members, strict=False):
        words = Words(explainer.stem, page.words.language)
        with column, st.container(border=True, key=f"card_{explainer.stem}"):
            st.page_link(
                PAGES / f"{explainer.stem}.py",
                label=f"**{words('title')}**",
                icon=explainer.icon,
                query_params={"lang": page.words.language},
            )
            thumbnail = cached(importlib.import_module(f"core.{explainer.stem}").thumbnail)()
            st.html(sparkline(thumbnail, words("thumbnail")))
            st.caption(words("question"))
