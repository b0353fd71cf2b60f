"""Ledgers for the tests of reports: every claim with its words, most of them unchecked."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from overspec import Mixture, Outcome
from overspec.evidence import Certificate, Evidence, Extent
from overspec.figure import FigureData
from overspec.proofs.identities.conditions import invertibility_condition
from overspec.reports.figures.ledger import figure_data
from overspec.verify.claims import run as running
from overspec.verify.claims.claim import assumptions
from overspec.verify.claims.ledger import Ledger, WeightCondition
from overspec.verify.claims.profile import portrait
from overspec.verify.claims.registry import EXACT, claims
from overspec.verify.claims.run import claim_text, run

LEANING = ("E1", "T1", "P2", "P3", "P7")  # stand for those that rest on numbers


@cache
def quick_figures() -> tuple[FigureData, ...]:
    """The figures of a quick run."""
    return figure_data(quick=True)


@cache
def few() -> Ledger:
    """Some claims, checked, with what they rest on."""
    return run((2, 3), ("P1", "P4", "T1"), quick=True)


def untraced(patch: pytest.MonkeyPatch) -> None:
    """That no step shares a function between its methods is taken on trust.

    To trace it takes seconds: tests/proofs/test_reading.py does so for every step.
    """
    patch.setattr(running, "shares", lambda derivation: ((),) * len(derivation.steps))


@cache
def everything() -> Ledger:
    """All claims as if they had come out as expected, two of them checked, with figures."""
    with pytest.MonkeyPatch.context() as patch:
        untraced(patch)
        return _everything()


def _everything() -> Ledger:
    checked = {c.claim: c for c in run((2,), ("G", "P4"), quick=True).certificates}
    like = checked["P4"]
    made = tuple(
        checked.get(label)
        or Certificate(
            claim=label,
            outcome=claim.expected,
            evidence=Evidence.MEASURED
            if label in ("E1", "T1", "P2", "P3", "P7")
            else like.evidence,
            domain="k = 2, 3, 4",
            margin="0.0398",
            worst_at="least g = 0.04 at k = 4, simplex action, d = 3, weights 2/5,3/10,1/5,1/10",
            provenance=like.provenance,
            hypotheses=claim.hypotheses,
            amendment=claim.amended.words
            if claim.amended is not None and claim.expected is Outcome.AMENDED
            else "",
            counterexample="k = 2, uniform weights" if claim.amended is not None else "",
            values=(("mutants rejected", f"{len(claim.mutants)} of {len(claim.mutants)}"),),
            own=Evidence.MEASURED if label in ("E1", "T1") else like.own,
            under=assumptions([claim.stated.payload.at(3)] if label in EXACT else []),
            scope=like.scope,
            seconds=0.25,
            text=claim_text(claim),
        )
        for label, claim in claims().items()
    )
    return Ledger(
        made,
        (2, 3, 4),
        quick=False,
        conditions=tuple(
            WeightCondition(k, c.frequency, c.tex)
            for k in (2, 3, 4)
            for c in invertibility_condition(k)
        ),
        mixtures=(portrait("mine", Mixture.simplex(4, "2/5,3/10,1/5,1/10"), "overspec derive"),),
        figures=quick_figures(),
        made="2020-01-01",
    )


@cache
def with_experiments() -> Ledger:
    """The same with claims that are not in the registry, and a figure for one of them."""
    ledger = everything()
    pattern = next(c for c in ledger.certificates if c.claim == "T1")
    names = ("convergence", "robustness", "a-name-that-is-rather-long")
    extra = tuple(
        replace(
            pattern,
            claim=f"experiment:{name}",
            evidence=Evidence.SAMPLED,
            own=Evidence.SAMPLED,
            scope=Extent(),
            provenance=replace(
                pattern.provenance, command=f"overspec experiment {name} --seed 7", seed=7
            ),
            text=replace(pattern.text, title=f"what was predicted of {name}", depends=("T1", "X9")),
        )
        for name in names
    )
    figure = replace(ledger.figures[2], id="convergence", title="Measured against predicted")
    return replace(
        ledger,
        certificates=(*ledger.certificates, *extra),
        figures=(*ledger.figures, figure),
    )


@cache
def experiments_only() -> Ledger:
    """As ``overspec experiment --all`` writes it: no k of its own, nothing that it rests on."""
    ledger = with_experiments()
    rows = [c for c in ledger.certificates if c.claim.startswith("experiment:")]
    alone = tuple(
        replace(
            c,
            text=replace(c.text, depends=()),
            provenance=replace(c.provenance, libraries=()),
        )
        for c in rows
    )
    figure = next(data for data in ledger.figures if data.id == "convergence")
    second = replace(figure, id="robustness-skew", title="Skewed data")
    return Ledger(alone, (), quick=True, figures=(figure, second))
