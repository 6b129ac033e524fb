"""The curves of the home page, and that importing the topic loads no heavy library."""

from __future__ import annotations

import subprocess
import sys

import pytest
import scipy.optimize
import scipy.spatial.distance
import scipy.special
import scipy.stats

from core import cross_entropy_vs_kl as topic


def test_importing_the_topic_loads_no_heavy_library():
    script = (
        "import sys; import core.cross_entropy_vs_kl; "
        "print(sorted({'torch', 'streamlit', 'pandas', 'altair', 'scipy.stats'} & set(sys.modules)))"
    )
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"


def test_curves_differ_by_the_entropy():
    small = topic.thumbnail()
    p, _ = topic.PRESETS["label_smoothed"]
    assert small.lines["cross_entropy"] - small.lines["kl"] == pytest.approx(scipy.stats.entropy(p))
