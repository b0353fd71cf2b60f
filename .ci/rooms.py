"""The quick tests in fresh environments: with the lowest versions admitted, on every Python.

    python .ci/rooms.py lowest     # the lowest versions that pyproject.toml admits, lowest Python
    python .ci/rooms.py pythons    # the newest versions, on every other Python from 3.11 on at hand

An environment is made by uv (`pip install uv`) in a temporary folder. pyproject.toml names in its
classifiers only Pythons that have passed here; those that are not at hand are said.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OPTIONS = ["-n", "2", "--dist", "loadfile", "-q", "-p", "no:cacheprovider"]
OPTIONS += ["-m", "quick and not slow"]

Version = tuple[int, int]


def uv(*arguments: str, path: str | None = None) -> str:
    """Output of uv, which takes the certificates that the machine trusts."""
    program = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    own = {"UV_SYSTEM_CERTS": "1", "PATH": path or os.environ["PATH"]}
    done = subprocess.run(
        [program, "--no-progress", *arguments],
        env={**os.environ, **own}, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def pythons() -> dict[Version, str]:
    """The interpreters at hand that the package admits, the first found of each minor version.

    Version managers put shims on the path that start only the version in force; the others lie
    beside the shims, in versions/ (pyenv) or installs/python/ (asdf, mise).
    """
    folders = os.environ["PATH"].split(os.pathsep)
    for shims in [Path(folder) for folder in folders if Path(folder).name == "shims"]:
        for pattern in ("versions/*/bin", "installs/python/*/bin"):
            folders += map(str, sorted(shims.parent.glob(pattern)))
    listed = json.loads(
        uv("python", "list", "--only-installed", "--offline", "--output-format", "json",
           path=os.pathsep.join(folders))
    )  # fmt: skip
    (least,) = re.findall(r">=3\.(\d+)", PROJECT["requires-python"])
    found: dict[Version, str] = {}
    for row in sorted(listed, key=lambda row: "shims" in Path(row["path"]).parts):
        parts = row["version_parts"]
        version = (parts["major"], parts["minor"])
        if version >= (3, int(least)) and row["implementation"] == "cpython":
            found.setdefault(version, row["path"])
    return dict(sorted(found.items()))


def passes(python: str, *resolution: str) -> bool:
    """Whether the quick tests pass in a new environment, which is removed."""
    with tempfile.TemporaryDirectory(prefix="overspec-room-") as room:
        uv("venv", "--quiet", "--seed", "--python", python, room)
        inside = str(Path(room, "bin", "python"))
        shutil.rmtree(ROOT / "build", ignore_errors=True)  # else its deleted modules come along
        uv("pip", "install", "--quiet", "--python", inside, *resolution, ".[test]")
        shutil.rmtree(ROOT / "build", ignore_errors=True)
        print(uv("pip", "list", "--python", inside), flush=True)
        tests = [str(path) for path in sorted((ROOT / "tests").rglob("test_*.py"))
                 if "pytest.mark.quick" in path.read_text(encoding="utf-8")]  # fmt: skip
        command = [str(Path(room, "bin", "pytest")), *OPTIONS, *tests]
        done = subprocess.run(command, cwd=ROOT, check=False)
        return done.returncode == 0


def main(arguments: list[str]) -> int:
    """1 when a room fails."""
    if arguments not in (["lowest"], ["pythons"]):
        print(__doc__, file=sys.stderr)
        return 2
    found = pythons()
    if arguments == ["lowest"]:
        lowest = min(found)
        print(f"lowest versions, Python {name(lowest)}", flush=True)
        return 0 if passes(found[lowest], "--resolution", "lowest-direct") else 1
    verdicts = {}
    own = sys.version_info[:2]  # make test has run everything on this one
    for version, python in found.items():
        if version == own:
            continue
        print(f"Python {name(version)}", flush=True)
        verdicts[version] = passes(python)
    if not verdicts:
        print("no other Python is at hand")
    for version, passed in verdicts.items():
        print(f"Python {name(version)}: {'passed' if passed else 'FAILED'}")
    stated = re.findall(r":: (3\.\d+)$", "\n".join(PROJECT["classifiers"]), re.MULTILINE)
    absent = [each for each in stated if each not in map(name, found)]
    if absent:
        print(f"stated by pyproject.toml, but not at hand: {', '.join(absent)}")
    more = [name(each) for each, passed in verdicts.items() if passed and name(each) not in stated]
    if more:
        print(f"passed, but not stated by pyproject.toml: {', '.join(more)}")
    return 0 if all(verdicts.values()) else 1


def name(version: Version) -> str:
    """3.11"""
    return ".".join(map(str, version))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
