"""The wheel and the editable install hold the whole package, and both import."""

import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from sizes import slow_but

pytestmark = pytest.mark.quick

ROOT = Path(__file__).parents[2]
FOLDERS = {"overspec": "overspec", "proofs": "overspec/proofs", "verify": "overspec/verify",
           "reports": "overspec/reports"}  # fmt: skip
IMPORTS = (
    "import overspec, overspec.proofs, overspec.verify, overspec.reports, importlib.resources as r;"
    "assert r.files('overspec.reports').joinpath('templates/report.tex').is_file();"
    "print(overspec.__file__)"
)


BUILD_EDITABLE = "from setuptools import build_meta; build_meta.build_editable('dist-editable')"


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def pip(*arguments: str | Path, cwd: Path) -> None:
    run(sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources: a build writes into its own folder."""
    copy = tmp_path_factory.mktemp("source")
    for name in FOLDERS:
        shutil.copytree(
            ROOT / name, copy / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture(scope="module")
def wheel(tree: Path) -> Path:
    pip("wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", "dist", ".", cwd=tree)
    (built,) = (tree / "dist").glob("overspec-*.whl")
    return built


@pytest.fixture(scope="module")
def editable_wheel(tree: Path) -> Path:
    """What pip installs for ``pip install -e``."""
    run(sys.executable, "-c", BUILD_EDITABLE, cwd=tree)
    (built,) = (tree / "dist-editable").glob("overspec-*.whl")
    return built


def test_the_wheel_holds_every_file(tree: Path, wheel: Path) -> None:
    expected = {
        f"{target}/{path.relative_to(tree / folder).as_posix()}"
        for folder, target in FOLDERS.items()
        for path in (tree / folder).rglob("*")  # does not follow the links in overspec/
        if path.is_file()
    }
    assert {"overspec/py.typed", "overspec/reports/templates/report.tex"} <= expected
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == expected


def test_the_wheel_holds_nothing_at_top_level_but_overspec(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"overspec"}


@pytest.mark.parametrize("kind", slow_but(["wheel", "editable_wheel"], quick=["wheel"]))
def test_an_install_imports(
    kind: str, tree: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    built: Path = request.getfixturevalue(kind)
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    pip("--python", python, "install", "--no-deps", "--no-index", built, cwd=tmp_path)
    where = run(python, "-I", "-W", "error", "-c", IMPORTS, cwd=tmp_path)
    home = tmp_path / "venv" if kind == "wheel" else tree
    assert Path(where.strip()).is_relative_to(home)
