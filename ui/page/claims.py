"""Claims on trial: sentences from lecture notes, each with a computed verdict."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st

from core.claims import Claims, Verdict, compute_claim
from ui.controls import inputs
from ui.controls.panel import Control, Panel
from ui.page.job import JobMixin

# Colour and icon of the badge.
BADGES: dict[Verdict, tuple[Any, str]] = {
    Verdict.HOLDS: ("green", ":material/check_circle:"),
    Verdict.DEPENDS: ("orange", ":material/balance:"),
    Verdict.FALSE: ("red", ":material/cancel:"),
    Verdict.UNTESTED: ("gray", ":material/help:"),
}


class ClaimsMixin(JobMixin):
    """Lists the claims."""

    def claims(self, claims: Claims) -> None:
        """List the claims (words at ``claims.<name>.{sentence,evidence}``); the chosen one is computed as a job."""
        words = self.words

        @st.fragment
        def draw() -> None:
            sentences = {name: words(f"claims.{name}.sentence") for name in claims}
            panel, key = Panel(f"{self.prefix}claims"), f"{self.prefix}claim"
            control = Control(key, "list", words("claims_caption"), extra=(("heading", words("claims_title")),))
            chosen = inputs.optional_choice(panel, control, sentences)
            panel.draw()
            if chosen:
                claim = self.job("claim", compute_claim, topic=words.stem, key=chosen)
                colour, icon = BADGES[claim.verdict]
                with st.container(border=True):
                    st.badge(words(f"verdicts.{claim.verdict}"), icon=icon, color=colour)
                    st.markdown(f"**{sentences[chosen]}**")
                    evidence = words(f"claims.{chosen}.evidence", **claim.evidence)
                    st.markdown(re.sub(r"(?<!\w)-(?=\d)", "−", evidence))  # minus signs instead of hyphens

        draw()
