"""Rules that hold for every topic: its claims, its thumbnail and its imports."""

import ast
import importlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import core
from core.claims import Claim, Verdict
from core.findings import Finding
from core.thumbnail import Thumbnail

ROOT = Path(core.__file__).parent
PACKAGES = sorted(file.parent.name for file in ROOT.glob("*/__init__.py"))


def internal_imports(package: str) -> dict[str, set[str]]:
    """Return, for each module of a topic, the modules of the same topic that it imports; "" is the package itself."""
    graph = {}
    for file in (ROOT / package).glob("*.py"):
        found: set[str] = set()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
                if node.module == f"core.{package}":
                    submodules = {f.stem for f in (ROOT / package).glob("*.py")}
                    names = [
                        f"{node.module}.{alias.name}" if alias.name in submodules else node.module
                        for alias in node.names
                    ]
            for name in names:
                if name == f"core.{package}":
                    found.add("")
                elif name.startswith(f"core.{package}."):
                    found.add(name.split(".")[2])
        graph[file.stem] = found
    return graph


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_imports_its_own_package(package: str) -> None:
    offenders = [name for name, found in internal_imports(package).items() if "" in found]
    assert offenders == []


@pytest.mark.parametrize("package", PACKAGES)
def test_modules_of_a_topic_do_not_import_each_other_in_a_circle(package: str) -> None:
    graph = internal_imports(package)
    del graph["__init__"]
    while graph:
        leaves = [name for name, found in graph.items() if not found & graph.keys()]
        assert leaves, f"a circle among {sorted(graph)}"
        for name in leaves:
            del graph[name]


@pytest.mark.parametrize("package", PACKAGES)
def test_package_only_exports_names(package: str) -> None:
    """`__init__` has a docstring, imports and `__all__`; every exported name exists."""
    tree = ast.parse((ROOT / package / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    for node in tree.body[1:]:
        is_all = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        assert isinstance(node, ast.Import | ast.ImportFrom) or is_all, ast.unparse(node)
    module = importlib.import_module(f"core.{package}")
    for name in module.__all__:
        assert hasattr(module, name), name


def functions(body: list[ast.stmt]) -> list[ast.FunctionDef]:
    """Return the functions and methods of a module or class, without those that are defined inside of a function."""
    found = []
    for node in body:
        if isinstance(node, ast.FunctionDef):
            found.append(node)
        elif isinstance(node, ast.ClassDef):
            found += functions(node.body)
    return found


def refuses_arguments(function: ast.FunctionDef) -> bool:
    """Return whether a function calls a function ``check_…``, or raises `InvalidArgument` itself."""
    called = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    names = [func.id for func in called if isinstance(func, ast.Name)]
    return any(name.startswith("check_") or name == "InvalidArgument" for name in names)


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*.py")), ids=lambda file: str(file.relative_to(ROOT)))
def test_public_functions_document_which_arguments_they_refuse(file: Path) -> None:
    """Functions ``check_…`` are left out: to refuse is what they are for."""
    undocumented = [
        function.name
        for function in functions(ast.parse(file.read_text(encoding="utf-8")).body)
        if not function.name.startswith(("_", "check_"))
        and refuses_arguments(function)
        and "Raises\n------\n" not in (ast.get_docstring(function) or "")
    ]
    assert undocumented == []


@pytest.mark.parametrize("package", PACKAGES)
def test_claims_are_functions_by_key(package: str) -> None:
    claims = importlib.import_module(f"core.{package}").CLAIMS
    assert claims
    for key, compute in claims.items():
        assert key.isidentifier()
        assert isinstance(compute, Callable)


@pytest.mark.parametrize("package", PACKAGES)
def test_thumbnail_has_aligned_curves(package: str) -> None:
    thumbnail = importlib.import_module(f"core.{package}").thumbnail()
    assert isinstance(thumbnail, Thumbnail)
    assert np.isfinite(thumbnail.x).all() and (np.diff(thumbnail.x) > 0).all()
    assert thumbnail.lines
    for line in thumbnail.lines.values():
        assert line.shape == thumbnail.x.shape
        assert not np.isinf(line).any()
    if thumbnail.log_x:
        assert (thumbnail.x > 0).all()


def test_claims_and_findings_are_immutable() -> None:
    claim = Claim(Verdict.HOLDS, {"difference": 0.0})
    finding = Finding("calm", {})
    with pytest.raises(AttributeError):
        claim.verdict = Verdict.FALSE
    with pytest.raises(AttributeError):
        finding.code = "other"
    assert [str(verdict) for verdict in Verdict] == ["holds", "depends", "false", "untested"]
