"""What worker processes load before the first visit. No Streamlit: workers do not need it."""

from __future__ import annotations

import importlib

from ui.registry import EXPLAINERS


def warm_up_topics() -> None:
    """Run every topic's `warm_up`: it imports torch or scikit-learn, or computes what is slow the first time."""
    for explainer in EXPLAINERS:
        topic = importlib.import_module(f"core.{explainer.stem}")
        getattr(topic, "warm_up", lambda: None)()
