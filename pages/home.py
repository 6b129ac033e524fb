"""Which explainer answers my question?"""

import importlib

import streamlit as st

from ui.cache import kept
from ui.page import open_page
from ui.registry import EXPLAINERS, GROUPS, PAGES
from ui.sparkline import sparkline
from ui.text import Words

page = open_page(__file__)


for group in GROUPS:
    members = [e for e in EXPLAINERS if e.group == group]
    if not members:
        continue
    st.subheader(page.words(f"groups.{group}"), anchor=False)
    for column, explainer in zip(st.columns(3), members, strict=False):
        words = Words(explainer.stem, page.words.language)
        with column, st.container(border=True, key=f"card_{explainer.stem}"):
            st.page_link(
                PAGES / f"{explainer.stem}.py", label=f"**{words('title')}**", icon=explainer.icon,
                query_params={"lang": page.words.language},
            )  # fmt: skip
            small = kept(importlib.import_module(f"core.{explainer.stem}").thumbnail)()
            st.html(sparkline(small, words("thumbnail")))
            st.caption(words("question"))
