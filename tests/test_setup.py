"""Installation: one list of dependencies, torch without CUDA, no package of the project in site-packages."""

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

from streamlit import config

from ui.registry import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
REQUIREMENTS = [
    line for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines() if line and line[0] != "#"
]


def wheel(folder: Path, version: str) -> None:
    """Write an empty wheel named torch."""
    info = f"torch-{version}.dist-info"
    with zipfile.ZipFile(folder / f"torch-{version}-py3-none-any.whl", "w") as file:
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n")
        file.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{info}/RECORD", "")


def test_requirements_list_only_the_project() -> None:
    options = [line for line in REQUIREMENTS if line.startswith("-")]
    assert [line for line in REQUIREMENTS if line not in options] == ["."], "pyproject.toml is the one list"
    assert [option.split()[0] for option in options] == ["--find-links"]
    assert options[0].rstrip("/").endswith("/cpu/torch"), "the listing of torch alone"


def test_the_pinned_torch_resolves_to_the_cpu_build_if_it_is_listed(tmp_path: Path) -> None:
    [pin] = [d for d in PROJECT["project"]["dependencies"] if d.startswith("torch")]
    assert "==" in pin
    number = pin.split("==")[1]
    for version in (number, f"{number}+cpu"):
        wheel(tmp_path, version)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--isolated",
            "--no-index",
            "--no-deps",
            "--find-links",
            str(tmp_path),
            "--dest",
            str(tmp_path / "got"),
            pin,
        ],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert [file.name for file in (tmp_path / "got").iterdir()] == [f"torch-{number}+cpu-py3-none-any.whl"], run.stdout


def test_no_package_of_the_project_is_installed() -> None:
    assert PROJECT["tool"]["setuptools"]["packages"] == []


def test_streamlit_reads_the_settings_that_a_class_needs() -> None:
    # `make bench --only classes` measures what they are worth; Streamlit's default settings are the opposite.
    assert config.get_option("runner.postScriptGC") is False
    assert config.get_option("server.fileWatcherType") == "none"
