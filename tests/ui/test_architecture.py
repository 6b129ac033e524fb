"""Imports run one way: app, pages → ui → streamlit, altair; pages → core; core imports nothing of the rest."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from ui.registry import EXPLAINERS, GROUPS, PAGES, ROOT

STANDARD = set(sys.stdlib_module_names)


def imported(file: Path) -> set[str]:
    """Return the dotted modules that a file imports, wherever in the file it does."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def roots(file: Path) -> set[str]:
    return {module.split(".")[0] for module in imported(file)} - STANDARD


@pytest.mark.parametrize("file", sorted((ROOT / "core").rglob("*.py")), ids=lambda f: str(f.relative_to(ROOT)))
def test_core_computes_and_nothing_else(file: Path) -> None:
    assert roots(file) <= {"core", "numpy", "scipy", "sklearn", "torch", "ml_dtypes"}


@pytest.mark.parametrize("file", sorted((ROOT / "ui").glob("*.py")), ids=lambda f: f.name)
def test_ui_knows_no_topic(file: Path) -> None:
    from_core = {module for module in imported(file) if module.startswith("core")}
    assert all(module.startswith(("core.validate", "core.claims", "core.thumbnail")) for module in from_core)
    libraries = {"streamlit", "altair", "pandas", "numpy", "pyarrow", "tomli", "threadpoolctl", "distributed"}
    assert roots(file) <= {"core", "ui"} | libraries


@pytest.mark.parametrize("file", sorted((ROOT / "ui" / "charts").glob("*.py")), ids=lambda f: f.name)
def test_charts_know_neither_topics_nor_streamlit(file: Path) -> None:
    assert roots(file) <= {"ui", "altair"} | ({"pandas"} if file.stem == "__init__" else set())
    assert all(module.startswith(("ui.charts", "ui.theme")) for module in imported(file) if module.startswith("ui"))


@pytest.mark.parametrize("explainer", EXPLAINERS, ids=lambda e: e.stem)
def test_one_stem_names_every_file_of_a_topic(explainer) -> None:
    assert explainer.group in GROUPS
    for folder in (ROOT / "core", ROOT / "tests" / "core"):
        # Topics become packages one by one.
        assert any(folder.glob(f"{explainer.stem}")) or any(folder.glob(f"*{explainer.stem}.py")), folder
    for file in (
        PAGES / f"{explainer.stem}.py",
        PAGES / f"{explainer.stem}.toml",
        ROOT / "tests" / "pages" / f"test_{explainer.stem}.py",
    ):
        assert file.exists(), file
    script = (PAGES / f"{explainer.stem}.py").read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(script)).endswith("?"), "the docstring is the page's one question"
    assert script.count("\n") <= 250


def test_home_and_every_core_module_start_without_what_is_slow_to_import() -> None:
    modules = ["streamlit", "ui.page", "ui.sparkline", *(f"core.{e.stem}" for e in EXPLAINERS)]
    code = f"import sys, importlib; [importlib.import_module(m) for m in {modules!r}]; "
    code += f"[importlib.import_module(m).thumbnail() for m in {modules[3:]!r}]; "
    slow = {
        "torch",
        "pandas",
        "altair",
        "sklearn",
        "scipy.stats",
        "scipy.optimize",
        "scipy.integrate",
        "scipy.sparse.linalg",
    }
    code += f"print(sorted({slow!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_whoever_draws_with_altair_has_loaded_pandas_before() -> None:
    code = "import sys, ui.charts; print('pandas' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "True"


def test_the_first_chart_of_home_waits_for_no_part_of_scipy_and_arrow() -> None:
    first = f"core.{EXPLAINERS[0].stem}"
    code = f"import sys, ui.page, ui.sparkline, {first}; {first}.thumbnail(); "
    code += "print({'scipy', 'pyarrow'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
