"""The example in ``CONTRIBUTING.md`` is complete: its files build a page that opens."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ui.registry import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^`([\w/]+\.\w+)`\n\n```\w+\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
[LINE] = re.findall(r"^    Explainer\(.*\),$", TEXT, re.MULTILINE)
OPEN = """
import json, sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app.py", default_timeout=60)
app.switch_page("pages/coin_flips.py")
for name, value in {parameters}.items():
    app.query_params[name] = value
app.run()
assert not app.exception, [error.message for error in app.exception]
assert [chart.proto.alt for chart in app.get("vega_lite_chart")], "no chart"
print("\\n".join(element.proto.body for element in app.get("html")))
print(*(element.proto.bytes.decode() for element in app.get("bidi_component")))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the example added."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "app.py", folder)
    for name in ("core", "pages", "views", "ui", ".streamlit"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path, content in FILES.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
    registry = folder / "ui" / "registry.py"
    lines = registry.read_text(encoding="utf-8")
    registry.write_text(lines.replace("EXPLAINERS = (\n", f"EXPLAINERS = (\n{LINE}\n"), encoding="utf-8")
    return folder


def run(project: Path, *arguments: str) -> str:
    finished = subprocess.run([sys.executable, *arguments], cwd=project, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def test_the_example_has_every_file() -> None:
    assert {path.split("/")[0] for path in FILES} == {"core", "views", "pages"}
    assert "pages/coin_flips.toml" in FILES


@pytest.mark.parametrize(("lang", "word"), [("en", "share of heads"), ("ko", "앞면의 비율")])
def test_the_page_opens_in_both_languages(project: Path, lang: str, word: str) -> None:
    assert word in run(project, "-c", OPEN.format(parameters={"lang": lang, "coin_flips": "10000"}))


def test_a_claim_gets_a_verdict(project: Path) -> None:
    assert "badge false" in run(project, "-c", OPEN.format(parameters={"lang": "en", "coin_claim": "balanced"}))


def test_the_docstring_example_runs(project: Path) -> None:
    assert run(project, "-m", "doctest", "core/coin_flips/flips.py") == ""


def test_the_example_follows_the_style(project: Path) -> None:
    configuration = str(ROOT / "pyproject.toml")
    files = [path for path in FILES if path.endswith(".py")]
    run(project, "-m", "ruff", "check", "--config", configuration, *files)
