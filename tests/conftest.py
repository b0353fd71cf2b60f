"""Hypothesis profiles, and a guard that no test changes the precision of mpmath or gmpy2."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

# threads of BLAS cost more than they give on our small matrices; read when numpy is loaded
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Children too test the installed package: the folder overspec/ in the current directory shadows it.
os.environ["PYTHONSAFEPATH"] = "1"

import gmpy2
import mpmath
import pytest
from browser import browser_page as browser_page  # a fixture
from hypothesis import settings

settings.register_profile("quick", deadline=None, max_examples=15)
settings.register_profile("ci", deadline=None, max_examples=25, derandomize=True)
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


TESTS = Path(__file__).parent
#: Files whose tests share what takes long to make: with `--dist loadgroup` one worker runs a group.
TOGETHER = {
    "check": ("verify/check/test_check.py",),
    "claims": ("verify/claims/test_claims.py",),
    "experiment_digits": ("verify/experiments/test_digits.py",),
    "experiment_lloyd": ("verify/experiments/test_lloyd.py",),
    "experiment_robustness": ("verify/experiments/test_robustness.py",),
    "experiment_theory": ("verify/experiments/test_theory.py",),
    "experiment_tying": ("verify/experiments/test_tying.py",),
    "packaging": ("house/test_packaging.py",),
    "pages": ("reports/test_browser.py",),
    "probe": ("reports/probe/test_browser.py",),
    "reports": ("reports/test_figures.py", "reports/test_html.py", "reports/test_latex.py"),
    "sweep": ("verify/sweep/test_sweep.py",),
}


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.pluginmanager.hasplugin("xdist"):
        return
    groups = {file: group for group, files in TOGETHER.items() for file in files}
    for item in items:
        if group := groups.get(item.path.relative_to(TESTS).as_posix()):
            item.add_marker(pytest.mark.xdist_group(group))


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
