"""The pytest plugin in pytest runs of its own; they use what is installed, wheel or editable."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from sizes import slow_but

import overspec
from overspec import InputError, Mixture
from overspec.verify.claims.of_mixture import LEVELS, claims_for
from overspec.verify.claims.stated import parse
from overspec.verify.testing.plugin import claim_parameters

pytestmark = pytest.mark.quick

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[3]
INSTALLED = "site-packages" in overspec.__file__
REGISTERED = any(e.name == "overspec" for e in entry_points(group="pytest11"))
needs_install = pytest.mark.skipif(not REGISTERED, reason="pytest --pyargs needs an installation")
LANGUAGES = ("sh", "python", "toml")
EXAMPLES = {
    language: re.search(rf"```{language}\n(.*?)```", (ROOT / "docs/pytest.md").read_text(), re.S)
    for language in LANGUAGES
}


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    plugin = () if REGISTERED else ("-p", "overspec.verify.testing.plugin")
    return pytester.runpytest_subprocess(*plugin, "-p", "no:cacheprovider", *arguments)


def example(language: str) -> str:
    found = EXAMPLES[language]
    assert found is not None
    return found[1]


def regular(text: str) -> str:
    """The second example with weights for which T1 holds."""
    return text.replace('4, weights="2/5,3/10,1/10,1/5"', '2, weights="2/3,1/3"')


def test_the_wheel_registers_the_plugin() -> None:
    if INSTALLED:
        assert REGISTERED


def test_an_unrelated_run_loads_nothing_that_computes() -> None:
    code = (
        "import sys, overspec.verify.testing.plugin;"
        "print({'numpy','sympy','scipy','mpmath','hypothesis','flint'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


EVIDENCE = {"S3": ("holds", "proved"), "T1": ("holds", "measured")}  # T1 takes seconds
WORTH = {
    "S3": "proved under 1 hypothesis",
    "T1": "measured on 1 weight vector, k = 3",
}


@needs_install
@pytest.mark.parametrize(
    ("asked", "workers"),
    slow_but([("S3", "0"), ("S3,T1", "0"), ("S3,T1", "2")], [], several=True),
)
def test_the_first_example_runs_and_leaves_evidence(
    pytester: pytest.Pytester, asked: str, workers: str
) -> None:
    words = example("sh").split()
    assert (words[0], words[-1]) == ("pytest", "S3,T1")
    result = run(pytester, *words[1:-1], asked, "-n", workers, "--overspec-json", "out.json",
                 "--junitxml", "out.xml", "-v")  # fmt: skip
    labels = asked.split(",")
    result.assert_outcomes(passed=len(labels))
    result.stdout.fnmatch_lines(
        [f"*{labels[-1]}-k3-one-heavy:1/2*", "*claims by outcome*", f"holds *{len(labels)} *"]
    )
    claims = json.loads((pytester.path / "out.json").read_text())["claims"]
    assert {c["claim"]: (c["outcome"], c["evidence"]) for c in claims} == {
        label: EVIDENCE[label] for label in labels
    }
    assert [c["worth"] for c in claims] == [WORTH[label] for label in labels]
    assert claims[0]["margin"] == "exact"
    assert all(float(c["margin"]) > 0 for c in claims[1:])
    assert f"--overspec-claims {labels[-1]}" in claims[-1]["command"]
    assert (
        '<property name="overspec.outcome" value="holds"' in (pytester.path / "out.xml").read_text()
    )


@needs_install
@pytest.mark.parametrize(
    ("option", "words"),
    [
        pytest.param(("--overspec-k", "x"), "write 3, 2,4 or 2:5", marks=pytest.mark.slow),
        (("--overspec-json", "."), ". is a directory; name a file"),
        pytest.param(("--overspec-k", "7"), "k from 2 to 6", marks=pytest.mark.slow),
        pytest.param(("--overspec-weights", "1/2,1/3"), "sum to 5/6", marks=pytest.mark.slow),
        pytest.param(("--overspec-claims", "S99"), "no claim 'S99'", marks=pytest.mark.slow),
        pytest.param(
            ("--overspec-json", "/dev/null/out.json"),
            "cannot write /dev/null",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_bad_options_say_what_is_wrong(
    pytester: pytest.Pytester, option: tuple[str, str], words: str
) -> None:
    result = run(pytester, "--pyargs", "overspec.verify.suite", "--overspec-k", "2", *option)
    assert result.ret != 0
    assert words in result.stdout.str() + result.stderr.str()
    assert "Traceback" not in result.stderr.str()


@pytest.mark.slow
def test_the_second_example_and_strictness(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_mine=example("python"),
        test_linear=regular(example("python")),
        test_none=example("python").replace('{"T1": "refuted"}', "None"),
    )
    result = run(pytester, "-v")
    result.assert_outcomes(passed=4, failed=2)
    for file, outcomes in (("mine", "PASSED"), ("linear", "FAILED"), ("none", "FAILED")):
        result.stdout.fnmatch_lines_random(
            [f"test_{file}.py::*S3-* PASSED*", f"test_{file}.py::*T1-* {outcomes}*"]
        )
    result.stdout.fnmatch_lines(["*T1 of k = 2*: holds, expected refuted*"])


@pytest.mark.slow
def test_the_third_example_and_its_failures(pytester: pytest.Pytester) -> None:
    wrong = example("toml").replace("24/25", "23/25").replace('"1/20"', '"9/10"')
    texts = {"mine": example("toml"), "wrong": wrong, "bad": "[mixture]\nk = 1"}
    for name, text in texts.items():
        (pytester.path / f"{name}.claims.toml").write_text(text)
    result = run(pytester, "-v", "--continue-on-collection-errors")
    result.assert_outcomes(passed=4, failed=2, errors=1)
    lines = result.stdout.lines
    assert sum(line.startswith("mine.claims.toml::") and "PASSED" in line for line in lines) == 3
    assert sum(line.startswith("wrong.claims.toml::") and "FAILED" in line for line in lines) == 2
    result.stdout.fnmatch_lines_random(["*computed 24/25, stated equals 23/25*"])
    result.stdout.fnmatch_lines_random(["*(an estimate), stated at least 9/10*"])
    result.stdout.fnmatch_lines_random(["*bad.claims.toml: *write k = 3*"])


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_what_fails_is_in_the_evidence_too(pytester: pytest.Pytester, workers: str) -> None:
    text = example("toml").replace("24/25", "23/25")
    (pytester.path / "mine.claims.toml").write_text(text)
    pytester.makepyfile(test_mine=regular(example("python")))
    result = run(pytester, "-n", workers, "--overspec-json", "out.json")
    result.assert_outcomes(passed=3, failed=2)
    claims = json.loads((pytester.path / "out.json").read_text())["claims"]
    assert {c["claim"]: (c["outcome"], c["expected"]) for c in claims} == {
        "A is invertible": ("holds", "holds"),
        "local factor": ("refuted", "holds"),
        "frequency 1 contracts at radius 1": ("holds", "holds"),
        "S3": ("holds", "holds"),
        "T1": ("holds", "refuted"),
    }
    assert {c["worth"] for c in claims if " " in c["claim"]} == {"by theorem", "measured"}
    result.stdout.fnmatch_lines(["holds *4 *", "refuted *1  local factor"])


@pytest.mark.slow
@needs_install
def test_the_level_certified_certifies(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--pyargs", "overspec.verify.suite", "--overspec-k", "2",
                 "--overspec-weights", "4/5,1/5", "--overspec-claims", "C1,C2",
                 "--overspec-level", "certified", "--overspec-json", "out.json")  # fmt: skip
    result.assert_outcomes(passed=2)
    claims = json.loads((pytester.path / "out.json").read_text())["claims"]
    assert [(c["claim"], c["evidence"]) for c in claims] == [
        ("C1", "measured"),
        ("C2", "certified"),
    ]
    assert claims[1]["worth"].startswith("certified for 1 weight vector, k = 2")


@pytest.mark.skipif(not REGISTERED, reason="the marker is the plugin's")
def test_ids_markers_and_levels() -> None:
    four, five = (Mixture.simplex(k, "linear") for k in (4, 5))
    quick, thorough, certified = (
        {parameter.id: parameter for parameter in claim_parameters([four, five], level=level)}
        for level in LEVELS
    )
    s6 = quick["S6-k4-2/5,3/10,1/5,1/10"]
    assert [(mark.name, mark.args) for mark in s6.marks] == [("claim", ("S6",))]
    assert all(
        ("slow" in {mark.name for mark in parameter.marks}) == ("-k5-" in name)
        for name, parameter in quick.items()
    )
    assert {name.split("-")[0] for name in thorough.keys() - quick.keys()} >= {"T1a", "B", "H"}
    assert {name.split("-")[0] for name in certified.keys() - thorough.keys()} == {"C1", "C2"}
    assert "T2-k4-2/5,3/10,1/5,1/10" not in quick  # how slow: asked of degenerate weights only
    assert "T2" in claims_for(Mixture.simplex(4))
    named = claim_parameters([four], expected={"B": "refuted"})
    assert "B" in {parameter.id.split("-")[0] for parameter in named}  # what is expected is asked


MIXTURE = '[mixture]\nk = 2\nweights = "4/5,1/5"\n'


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ('kind = "rate"\nat_most = "16/25"', "holds"),
        ('kind = "rate"\nat_least = "2/3"', "refuted"),
        ('kind = "eigenvalue"\nfrequency = 1\nequals = "9/25"', "holds"),
        ('kind = "eigenvalue"\nfrequency = 1\nat_most = "8/25"', "refuted"),
        ('kind = "invertible"\nequals = false', "refuted"),
        ('kind = "radius"\nat_least = "1/10"', "holds"),
        ('kind = "radius"\nat_most = "1/10"', "refuted"),
        ('kind = "bound"\nquantity = "kl"\nradius = "1"\nat_most = "1"', "holds"),
        ('kind = "bound"\nquantity = "kl"\namplitudes = "0"\nequals = "1"\ntolerance = "0.1"',
         "refuted"),
    ],
)  # fmt: skip
def test_stated_claims_are_judged(text: str, outcome: str) -> None:
    (statement,) = parse(f"{MIXTURE}[[claim]]\n{text}")
    assert statement.check().outcome.value == outcome


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense", "not TOML"),
        (MIXTURE, "at least one"),
        (MIXTURE + '[[claim]]\nkind = "speed"', "kind 'speed'"),
        (MIXTURE + '[[claim]]\nkind = "rate"', "exactly one of"),
        (MIXTURE + '[[claim]]\nkind = "rate"\nequals = 0.5', "as text"),
        (MIXTURE + '[[claim]]\nkind = "rate"\nequals = "__import__(1)"', "equals"),
        (MIXTURE + '[[claim]]\nkind = "rate"\nequals = "1"\ngap = "1"', "unknown key 'gap'"),
        (MIXTURE + '[[claim]]\nkind = "radius"\nequals = "1"', "tolerance"),
    ],
)
def test_a_bad_file_says_what_is_wrong(text: str, words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        parse(text)
