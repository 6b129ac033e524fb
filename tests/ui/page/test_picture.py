"""Every chart specification that a test draws is validated (see ``conftest.py``)."""

import altair as alt
import pytest

from ui.page import picture


def test_an_invalid_specification_fails() -> None:
    def tall() -> alt.Chart:
        chart = alt.Chart(alt.NamedData("points")).mark_point()
        chart.height = "tall"
        return chart

    with pytest.raises(alt.utils.schemapi.SchemaValidationError, match="tall"):
        picture._specification(tall, (), "en")
