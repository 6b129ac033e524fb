"""Claims on trial: sentences from lecture notes, each with a computed verdict."""

from __future__ import annotations

import html
import re

import streamlit as st

from core.claims import Claims, Verdict, compute_claim
from ui.controls.panel import Control, Panel
from ui.glossary import mark_terms
from ui.page.job import JobMixin
from ui.page.markup import render_paragraphs

# What the user can decide before the verdict is computed.
DECISIONS = (Verdict.HOLDS, Verdict.DEPENDS, Verdict.FALSE)
MARKS = {Verdict.HOLDS: "✓", Verdict.DEPENDS: "≈", Verdict.FALSE: "✕", Verdict.UNTESTED: "?"}


class ClaimsMixin(JobMixin):
    """Lists the claims."""

    def claims(self, claims: Claims) -> None:
        """List the claims (words at ``claims.<name>.{sentence,evidence}``).

        The user decides whether one is true; then its verdict is computed as a job and shown below its sentence.
        """
        if "claims" in self.hidden_names():
            return
        words = self.words

        @st.fragment
        def draw() -> None:
            panel = Panel(f"{self.prefix}claims")
            names, key, decision_key = list(claims), f"{self.prefix}claim", f"{self.prefix}decision"
            # The controls have read both from the link.
            chosen, decided = st.session_state.get(key), st.session_state.get(decision_key)

            def on_change(value: object) -> None:
                match value:
                    case [int(index), int(decision)] if 0 <= index < len(names) and 0 <= decision < len(DECISIONS):
                        st.session_state[key] = names[index]
                        st.session_state[decision_key] = str(DECISIONS[decision])

            control = Control(
                key,
                "claims",
                words("claims_caption"),
                options=tuple(words(f"claims.{name}.sentence") for name in names),
                extra=(
                    ("heading", words("claims_title")),
                    ("decisions", tuple(words(f"verdicts.{decision}") for decision in DECISIONS)),
                    ("computing", words("jobs.claim")),
                ),
            )
            index = names.index(chosen) if chosen in names else -1
            panel.add(control, [index, DECISIONS.index(Verdict(decided)) if decided and chosen else -1], on_change)
            panel.set_parameter(key, chosen)
            panel.set_parameter(decision_key, decided if chosen else None)
            above = st.container()
            if chosen:
                panel.texts[key] = self._verdict(chosen)
            with above:
                panel.draw()

        draw()

    def _verdict(self, name: str) -> str:
        """Compute a claim; return its verdict and evidence as HTML."""
        claim = self.job("claim", compute_claim, topic=self.words.stem, key=name)
        verdict = self.words(f"verdicts.{claim.verdict}")
        evidence = self.words(f"claims.{name}.evidence", **claim.evidence)
        evidence = re.sub(r"(?<!\w)-(?=\d)", "−", evidence)  # minus signs instead of hyphens
        badge = f"<p class='badge {claim.verdict}'>{MARKS[claim.verdict]} {html.escape(verdict)}</p>"
        return badge + mark_terms(render_paragraphs(evidence), self.words.language, page=self.words.stem)
