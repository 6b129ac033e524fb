"""Imports run one way (``docs/architecture.md``), without circles, and home loads nothing slow."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from ui.registry import EXPLAINERS, GROUPS, PAGES, ROOT
from ui.text import Words

STANDARD = set(sys.stdlib_module_names)
ROOMS = ("core", "pages", "views", "ui", "serve")
MODULES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
    for room in ROOMS
    for file in sorted((ROOT / room).rglob("*.py"))
}


def imported(file: Path) -> set[str]:
    """Return the dotted names that a file imports, anywhere in the file."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def imported_modules(file: Path) -> set[str]:
    """Return the modules of this project that a file imports."""
    names = imported(file)
    return {name if name in MODULES else name.rpartition(".")[0] for name in names} & set(MODULES)


def packages(file: Path) -> set[str]:
    """Return the top-level packages that a file imports, without the standard library."""
    return {name.split(".")[0] for name in imported(file)} - STANDARD


def of_room(room: str) -> pytest.MarkDecorator:
    names = [name for name in MODULES if name.split(".")[0] == room]
    return pytest.mark.parametrize("module", names)


@of_room("core")
def test_core_only_computes(module: str) -> None:
    assert packages(MODULES[module]) <= {"core", "numpy", "scipy", "sklearn", "torch", "ml_dtypes"}


@of_room("ui")
def test_ui_knows_no_topic(module: str) -> None:
    shared = (
        "validate",
        "claims",
        "challenges",
        "datasets",
        "exams",
        "lazy_imports",
        "numbers",
        "progress",
        "tables",
        "thumbnail",
    )
    assert all(name.split(".")[1] in shared for name in imported(MODULES[module]) if name.startswith("core"))
    libraries = {
        "streamlit",
        "altair",
        "pandas",
        "numpy",
        "pyarrow",
        "threadpoolctl",
        "distributed",
        "PIL",
        "segno",
        "vl_convert",
        "nbformat",
    }
    assert packages(MODULES[module]) <= {"core", "ui"} | libraries


@of_room("ui")
def test_charts_know_no_streamlit(module: str) -> None:
    if module.startswith("ui.charts"):
        assert "streamlit" not in packages(MODULES[module])
        allowed = ("ui.charts", "ui.numbers")
        assert all(name.startswith(allowed) for name in imported(MODULES[module]) if name.startswith("ui"))


@of_room("views")
def test_views_draw_with_ui_alone(module: str) -> None:
    assert packages(MODULES[module]) <= {"core", "ui", "numpy"}


@of_room("serve")
def test_serve_needs_the_standard_library_alone(module: str) -> None:
    """Of the rest of this project, it uses two modules that import nothing else."""
    assert packages(MODULES[module]) <= {"serve", "ui"}
    shared = {"ui.server.network", "ui.server.environment"}
    assert {name for name in imported_modules(MODULES[module]) if name.startswith("ui")} <= shared
    assert not any(packages(MODULES[name]) for name in shared)


def test_nobody_imports_a_page() -> None:
    assert not [name for name, file in MODULES.items() if "pages" in packages(file)]


@of_room("ui")
def test_only_one_module_touches_private_parts_of_streamlit(module: str) -> None:
    if module != "ui.server.streamlit_internals":
        assert not any(name.startswith("streamlit.runtime") for name in imported(MODULES[module]))


def test_imports_form_no_circle() -> None:
    imports = {name: imported_modules(file) - {name} for name, file in MODULES.items()}
    # Remove modules that import nothing of the rest until none is left: what remains is a circle.
    while free := [name for name, needed in imports.items() if not needed & imports.keys()]:
        for name in free:
            del imports[name]
    assert imports == {}


@of_room("core")
def test_no_module_imports_its_own_package(module: str) -> None:
    package = module.rpartition(".")[0]
    if package not in ("", "core"):
        assert package not in imported_modules(MODULES[module])


@pytest.mark.parametrize("explainer", EXPLAINERS, ids=lambda e: e.stem)
def test_one_stem_names_every_file_of_a_topic(explainer) -> None:
    assert explainer.group in GROUPS
    stem = explainer.stem
    for folder in (ROOT / "core", ROOT / "tests" / "core"):
        # Topics become packages one by one.
        assert any(folder.glob(stem)) or any(folder.glob(f"*{stem}.py")), folder
    for file in (PAGES / f"{stem}.py", PAGES / f"{stem}.toml", ROOT / "tests" / "pages" / f"test_{stem}.py"):
        assert file.exists(), file
    script = (PAGES / f"{stem}.py").read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(script))
    assert docstring and " ".join(docstring.split()) == Words(stem, "en")("question")


def run_python(code: str) -> str:
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return run.stdout.strip()


def test_home_and_topics_import_no_slow_library() -> None:
    modules = ["streamlit", "ui.page", "ui.charts.sparkline", *(f"core.{e.stem}" for e in EXPLAINERS)]
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
    code = f"import sys, importlib; [importlib.import_module(m) for m in {modules!r}]; "
    code += f"[importlib.import_module(m).thumbnail() for m in {modules[3:]!r}]; "
    code += f"print(sorted({slow!r} & set(sys.modules)))"
    assert run_python(code) == "[]"


def test_the_chart_builders_do_not_import_pandas() -> None:
    assert run_python("import sys, ui.charts.builders; print('pandas' in sys.modules)") == "False"


def test_the_first_thumbnail_of_home_needs_neither_scipy_nor_pyarrow() -> None:
    first = f"core.{EXPLAINERS[0].stem}"
    code = f"import sys, ui.page, ui.charts.sparkline, {first}; {first}.thumbnail(); "
    assert run_python(code + "print({'scipy', 'pyarrow'} & set(sys.modules))") == "set()"
