"""What is no entry, no law, no number and no run is told, at once."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import overspec as ov

g, f = ov.gallery, ov.gallery.formula
NOTHING = g.Statement("a", "b", g.Known.OWN, "s", None, lambda _at, _p: None, ())  # type: ignore[arg-type,return-value]
UNRUN = g.listing().audits[0]


def compared(formula: Any) -> Any:
    return g.compare(formula, "<=", 1, "", "")


@pytest.mark.quick
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: g.audit(1609.00368), "give an Entry"),  # type: ignore[arg-type]
        (lambda: g.survivors("xu_2016"), "give an Entry"),  # type: ignore[arg-type]
        (lambda: g.audit(""), "no paper ''"),
        (lambda: g.xu_2016(mu=1), "has no parameter mu; its parameters: theta, start"),
        (lambda: g.xu_2016(theta=float("nan")), "nan is not exact"),
        (lambda: g.xu_2016(theta="sqrt(2)"), "give a rational number"),
        (lambda: g.xu_2016(theta=100), "use 0.1 <= theta <= 4"),
        (lambda: g.audit(g.Entry("e", "own", "", 1, "", "", (), (NOTHING,))), "return a Finding"),
        (lambda: g.tex(3), "give what audit or everything gave"),  # type: ignore[arg-type]
        (lambda: g.save(3, "x"), "give what audit or everything gave"),  # type: ignore[arg-type]
        (lambda: ov.save_certificate(g.listing(), "x"), "of one paper"),
        (lambda: ov.save_certificate(UNRUN, "x"), "nothing was run"),
        (lambda: f.moment(1, 0, ()), "sum to 0, not to 1"),
        (lambda: f.moment(1, 0, ((2, 0), (-1, 0))), "not positive"),
        (lambda: f.moment(1, 0, "ab"), "give a law as pairs"),  # type: ignore[arg-type]
        (lambda: f.moment(1, 0, ((f.sqrt(1), 0),)), "a weight with sqrt"),
        (lambda: f.moment(1, 0, ((f.number(1) / 0, 0),)), "divides by 0"),
        (lambda: compared(1 / f.number(0)), "not finite"),
        (lambda: compared(f.log(-1)), "not finite"),
        (lambda: compared(f.exp(f.exp(100))), "beyond 2"),
        (lambda: compared(f.exp(-f.exp(100))), "beyond 2"),
        (lambda: compared(f.moment(10**9, 0, sech=2)), "too many nodes"),
    ],
)
def test_it_is_told(
    call: Callable[[], Any], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ov.InputError, match=message):
        call()
    assert not list(tmp_path.iterdir())


def test_what_was_not_run_says_so() -> None:
    assert "not run" in repr(UNRUN)
    assert UNRUN.rows == ()
    assert g.audit("arXiv:1902.00194", None).entry.name == "dwivedi_2020_scale"


def test_weights_of_a_law_may_be_arithmetic_on_rational_numbers() -> None:
    rho = f.number("1/2")
    law = (((1 + rho) / 2, 1), ((1 - rho**1) / 2, -1))
    assert Fraction(1, 2) in compared(f.moment(0, 0, law, 1)).true
