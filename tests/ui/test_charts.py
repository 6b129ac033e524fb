"""What every test asks of the charts that it draws."""

import altair as alt
import pytest

from ui import page


def test_a_specification_that_vega_lite_does_not_know_fails() -> None:
    """The app does not look (`page._spec`), so the tests do it for all that they draw."""

    def tall() -> alt.Chart:
        chart = alt.Chart(alt.NamedData("points")).mark_point()
        chart.height = "tall"
        return chart

    with pytest.raises(alt.utils.schemapi.SchemaValidationError, match="tall"):
        page._spec(tall, ())
