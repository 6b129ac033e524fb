"""All chart builders, named by the shape of the data. They know neither the topics nor Streamlit.

Each returns an Altair chart over *named* data: its specification depends on its options alone, and a rerun sends only
the data, which Streamlit patches into the chart on screen.
"""

from ui.charts.bars import bars, heat_map, stacked_rows
from ui.charts.grid import AnyChart, category_map, state_grid
from ui.charts.lines import lines
from ui.charts.measured import measured
from ui.charts.mirrored import mirrored_histograms
from ui.charts.panels import SECOND, class_panels, shaded_panels
from ui.charts.paths import cloud, paths
from ui.charts.profiles import profile
from ui.charts.ranges import range_rows
from ui.charts.shaded import shaded_map

__all__ = [
    "SECOND",
    "AnyChart",
    "bars",
    "category_map",
    "class_panels",
    "cloud",
    "heat_map",
    "lines",
    "measured",
    "mirrored_histograms",
    "paths",
    "profile",
    "range_rows",
    "shaded_map",
    "shaded_panels",
    "stacked_rows",
    "state_grid",
]
