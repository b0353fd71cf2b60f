"""What a TeX engine has, beyond what the wheel brings."""

import os
import subprocess
import tempfile

import pytest


def needs_tex_files(engine: str, *names: str) -> None:
    """Skip the test where an engine lacks a class or a package.

    TEXINPUTS may lead to more; what uses the AMS fonts then needs TFMFONTS and T1FONTS too.
    """
    ask = "".join(rf"\IfFileExists{{{name}}}{{}}{{\typeout{{no {name}.}}}}" for name in names)
    with tempfile.TemporaryDirectory() as folder:
        said = subprocess.run(
            [engine, "-interaction=nonstopmode", "-draftmode", rf"{ask}\stop"], cwd=folder,
            env=dict(os.environ), capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    if missing := [name for name in names if f"no {name}." in said]:
        pytest.skip(f"this TeX has no {', '.join(missing)}: TeX Live has")
