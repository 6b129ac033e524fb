"""The experiment on the stage as a Jupyter notebook."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pprint import pformat
from typing import Any

from ui.page.state import ShownChart
from ui.text import Words, codes


def notebook(
    words: Words, *, link: str, snippet: str, findings: Sequence[str], charts: Mapping[str, ShownChart]
) -> bytes:
    """Return a notebook: question, prediction, the code that repeats the figures, charts, what to notice, an exercise.

    Parameters
    ----------
    words : Words
        The page's phrases.
    link : str
        The address of the state on screen.
    snippet : str
        Python code with the settings and the computation.
    findings : sequence of str
        What to notice, as Markdown.
    charts : mapping
        The charts on the stage; their data are written into the notebook.
    """
    import nbformat

    from ui.charts.export import complete

    v4: Any = nbformat.v4
    options = _listed(words(f"predict.options.{option}") for option in codes(words.stem, "predict.options"))
    cells = [
        v4.new_markdown_cell(f"# {words('title')}\n\n{words('question')}\n\n<{link}>"),
        v4.new_markdown_cell(f"## {words('predict_title')}\n\n{words('predict.question')}\n\n{options}"),
        v4.new_markdown_cell(words("notebook_setup")),
        v4.new_code_cell(snippet),
    ]
    if charts:
        cells.append(v4.new_markdown_cell(words("notebook_charts")))
    for chart in charts.values():
        whole = complete(chart.specification, chart.data, title=chart.title, theme="light", options=chart.legend)
        data = "\n".join(f"    {name!r}: {rows!r}," for name, rows in whole.pop("datasets").items())
        # Jupyter folds the cell with the data, so that the chart is read with its specification.
        cells.append(v4.new_code_cell(f"data = {{\n{data}\n}}", metadata={"jupyter": {"source_hidden": True}}))
        specification = pformat(whole, width=110, sort_dicts=False)
        cells.append(
            v4.new_code_cell(
                f"import altair\n\nspecification = {specification}\n"
                'altair.Chart.from_dict({**specification, "datasets": data})'
            )
        )
    cells.append(v4.new_markdown_cell(f"## {words('notice_title')}\n\n{_listed(findings)}"))
    cells.append(v4.new_markdown_cell(f"## {words('notebook_exercise_title')}\n\n{words('notebook_exercise')}"))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"  # the same notebook for the same state
    made: Any = v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
    return json.dumps(made, ensure_ascii=False, indent=1).encode()


def _listed(texts: Any) -> str:
    return "\n".join(f"- {text}" for text in texts)
