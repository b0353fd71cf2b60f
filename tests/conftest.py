"""Hypothesis profiles, and a guard that no test changes the precision of mpmath or gmpy2."""

import os
import shutil
from collections.abc import Iterator

# threads of BLAS cost more than they give on our small matrices; read when numpy is loaded
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Children too test the installed package: the folder overspec/ in the current directory shadows it.
os.environ["PYTHONSAFEPATH"] = "1"

import gmpy2
import mpmath
import pytest
from browser import browser_page as browser_page  # a fixture
from font_sets import font_folder as font_folder
from hypothesis import settings

settings.register_profile("quick", deadline=None, max_examples=15)
settings.register_profile("ci", deadline=None, max_examples=15, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=300)
# override with pytest --hypothesis-profile=thorough
settings.load_profile("ci" if os.environ.get("CI") else "quick")


@pytest.fixture(autouse=True)
def untouched_precision() -> Iterator[None]:
    """Start from the defaults, and fail when a test leaves anything else behind."""
    mpmath.mp.dps = 15
    mpmath.iv.dps = 15
    gmpy2.set_context(gmpy2.context())
    yield
    assert (mpmath.mp.dps, mpmath.iv.dps) == (15, 15), "mpmath's global precision was changed"
    assert gmpy2.get_context().precision == 53, "gmpy2's global precision was changed"


@pytest.fixture(params=["pip-only", "TeX Live"])
def tex_engine(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """The path of pdflatex: that of the wheel with every other program hidden, then TeX Live's."""
    if request.param == "TeX Live":
        found = shutil.which("pdflatex")
        if found is None:
            pytest.skip("no TeX Live: pdflatex is not on the PATH")
        return found
    from overspec.reports.printing import pdf

    monkeypatch.setenv("PATH", str(tmp_path_factory.mktemp("nothing")))
    bundled = pdf._bundled()
    assert bundled is not None, "these tests need the extra pdf: pip install '.[test]'"
    return str(bundled)
