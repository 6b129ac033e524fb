"""All chart builders, named by the shape of the data. They know neither the topics nor Streamlit.

Each returns an Altair chart over *named* data: its specification depends on its options alone, and a rerun sends only
the data, which Streamlit patches into the chart on screen.
"""

# Altair uses pandas if it is in sys.modules, where another thread may have imported it only halfway.
import pandas  # noqa: F401

from ui.charts.bars import bars, heat_map, stacked_rows
from ui.charts.grid import AnyChart, category_map, state_grid
from ui.charts.lines import lines
from ui.charts.measured import measured
from ui.charts.paths import scrubbed_cloud, scrubbed_paths
from ui.charts.profiles import scrubbed_profile
from ui.charts.ranges import range_rows
from ui.charts.shaded import shaded_map
from ui.charts.staged import SECOND, shaded_panels, staged_panels

__all__ = [
    "SECOND",
    "AnyChart",
    "bars",
    "category_map",
    "heat_map",
    "lines",
    "measured",
    "range_rows",
    "scrubbed_cloud",
    "scrubbed_paths",
    "scrubbed_profile",
    "shaded_map",
    "shaded_panels",
    "stacked_rows",
    "staged_panels",
    "state_grid",
]
