"""An experiment that counts to one."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
import pytest
from overspec import cli
from overspec.evidence import Evidence, Outcome, Provenance
from overspec.figure import FigureData, Panel, Series
from overspec.reports.experiment import files, text
from overspec.verify.certificates.plain import from_plain, to_plain
from overspec.verify.claims.claim import Finding, Form
from overspec.verify.claims.ledger import Ledger
from overspec.verify.experiments import registry
from overspec.verify.experiments.experiment import (


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
