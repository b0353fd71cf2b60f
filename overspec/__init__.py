"""overspec: verification of the EM algorithm on overspecified Gaussian mixtures.

>>> import overspec as ov
>>> m = ov.Mixture.simplex(4, "0.4,0.3,0.2,0.1")
>>> ov.evaluate(m, m.point(amplitudes="1,1/2"), digits=9)
<Evaluation: KL 0.1296338647, k = 4, measured by lattice>

The verbs of the command line are loaded when first used, so that ``import overspec`` stays quick:
it loads no SymPy, NumPy or FLINT.

action    R: a cyclic orthogonal action, by its frequencies.
cli       The command line: options of all commands, exit codes, tracebacks.
commands  One file a command.
decimals  Numbers in print: rounded outward, or with their error.
errors    What is wrong with an input.
evidence  What a result is worth: outcomes, evidence, certificates.
exact     Exact numbers: rational and algebraic.
figure    What a figure is: curves and points with their evidence.
files     Files written whole or not at all.
mixture   A mixture and a point θ.
models    The wider class: any maps T_j, and the truths they are fitted to.
orbit     A regular-simplex orbit, exactly.
proofs    Exact and symbolic: derivations that a machine checks.
ranges    Ranges of k as text.
reports   What was computed, in print.
results   How a result shows itself: to a person, a notebook, a program.
verbs     What ``ov.evaluate`` and its kin do.
verify    Numbers: engines, enclosures, EM, radii, claims.
weights   π_0 … π_{k−1}, exact, in runs.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from overspec.action import Action
from overspec.errors import InputError, InputTypeError, OutOfReach
from overspec.evidence import Certificate, Evidence, Outcome, Provenance
from overspec.mixture import Energies, Mixture
from overspec.weights import Weights

if TYPE_CHECKING:
    from overspec.models.model import Model
    from overspec.models.truth import Truth
    from overspec.reports.probe.notebook import probe
    from overspec.results.schema import schema
    from overspec.verbs import gallery
    from overspec.verbs.check import check
    from overspec.verbs.coverage import coverage
    from overspec.verbs.derive import derive
    from overspec.verbs.evaluate import evaluate
    from overspec.verbs.explain import explain
    from overspec.verbs.lloyd import lloyd
    from overspec.verbs.population import population_em
    from overspec.verbs.radius import radius
    from overspec.verbs.report import report
    from overspec.verbs.samples import samples
    from overspec.verbs.save import save_certificate
    from overspec.verbs.sweep import sweep
    from overspec.verbs.verify import load_ledger, save_ledger, verify
    from overspec.verify.em.choice import best_of, compare_k
    from overspec.verify.em.estimator import TiedEM
    from overspec.verify.em.population import trajectory
    from overspec.verify.em.readers import load_data, read_data
    from overspec.verify.em.sample import sample_em
    from overspec.verify.experiments.tested import experiment
    from overspec.verify.models.certified import certify_model
    from overspec.verify.models.contraction import contraction
    from overspec.verify.models.fixed_points import fixed_points
    from overspec.verify.models.line import line_basins
    from overspec.verify.models.numbers import evaluate_model
    from overspec.verify.models.run import Algorithm, basins, run_model
    from overspec.verify.radius.search import gamma

__version__ = "0.1.0"

#: Where each name is that is loaded when first used.
_LAZY = {
    "Algorithm": "verify.models.run",
    "Model": "models.model",
    "TiedEM": "verify.em.estimator",
    "Truth": "models.truth",
    "basins": "verify.models.run",
    "best_of": "verify.em.choice",
    "certify_model": "verify.models.certified",
    "check": "verbs.check",
    "contraction": "verify.models.contraction",
    "coverage": "verbs.coverage",
    "compare_k": "verify.em.choice",
    "derive": "verbs.derive",
    "evaluate": "verbs.evaluate",
    "evaluate_model": "verify.models.numbers",
    "experiment": "verify.experiments.tested",
    "explain": "verbs.explain",
    "fixed_points": "verify.models.fixed_points",
    "gamma": "verify.radius.search",
    "line_basins": "verify.models.line",
    "lloyd": "verbs.lloyd",
    "load_data": "verify.em.readers",
    "load_ledger": "verbs.verify",
    "population_em": "verbs.population",
    "probe": "reports.probe.notebook",
    "radius": "verbs.radius",
    "read_data": "verify.em.readers",
    "report": "verbs.report",
    "run_model": "verify.models.run",
    "sample_em": "verify.em.sample",
    "samples": "verbs.samples",
    "save_certificate": "verbs.save",
    "save_ledger": "verbs.verify",
    "schema": "results.schema",
    "sweep": "verbs.sweep",
    "trajectory": "verify.em.population",
}

__all__ = [
    "Action",
    "Algorithm",
    "Certificate",
    "Energies",
    "Evidence",
    "InputError",
    "InputTypeError",
    "Mixture",
    "Model",
    "OutOfReach",
    "Outcome",
    "Provenance",
    "TiedEM",
    "Truth",
    "Weights",
    "__version__",
    "basins",
    "best_of",
    "certify_model",
    "check",
    "compare_k",
    "contraction",
    "coverage",
    "derive",
    "evaluate",
    "evaluate_model",
    "experiment",
    "explain",
    "fixed_points",
    "gallery",
    "gamma",
    "line_basins",
    "lloyd",
    "load_data",
    "load_ledger",
    "population_em",
    "probe",
    "radius",
    "read_data",
    "report",
    "run_model",
    "sample_em",
    "samples",
    "save_certificate",
    "save_ledger",
    "schema",
    "sweep",
    "trajectory",
    "verify",
]


class _Verify(ModuleType):
    """`overspec.verify` is a package, and ``ov.verify(…)`` a verb: the package can be called.

    The import system sets ``overspec.verify`` to the package whenever something below it is
    imported, so a function of that name would not last. The package is loaded here, which costs a
    docstring, and given this class; nothing below it knows.
    """

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return import_module("overspec.verbs.verify").verify(*arguments, **options)


if not TYPE_CHECKING:
    import_module("overspec.verify").__class__ = _Verify


def __getattr__(name: str) -> Any:
    if name == "gallery":  # a module of names, not a name in one
        return import_module("overspec.verbs.gallery")
    if name in _LAZY:
        return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
