"""An experiment that counts to one."""

from __future__ import annotations

from overspec.evidence import Evidence, Provenance
from overspec.figure import FigureData, Panel, Series
from overspec.verify.claims.claim import Finding, Form
from overspec.verify.experiments.experiment import Experiment, Progress, Settings, Table


def measure(settings: Settings, progress: Progress) -> int:
    progress("counting", 0, 1)
    return 1 if settings.quick else 2


def judge(payload: int, measured: int) -> Finding:
    return Finding(payload == measured, Evidence.SAMPLED, 1.0 if payload == measured else -1.0, "n")


def figures(measured: int, provenance: Provenance) -> tuple[FigureData, ...]:
    series = Series("count", "points", ("1", "2"), ("1", str(measured)))
    axes = ("x", "y", "linear", "linear")
    return (FigureData("toy", "Toy", "", *axes, False, (Panel("", (series,)),), provenance),)


TOY = Experiment(
    name="toy",
    title="A toy",
    statement="n=1",
    source="nowhere",
    domain="nothing",
    stated=Form("the count is one", 1),
    mutants=(Form("the count is three", 3),),
    measure=measure,
    judge=judge,
    table=lambda measured: Table(("count",), ((str(measured),),)),
    figures=figures,
    remarks=lambda measured: f"Counted {measured}.",
)
