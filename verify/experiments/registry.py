"""The experiments by name; each is loaded when it is asked for."""

from __future__ import annotations

from importlib import import_module

from ...errors import InputError
from .experiment import Experiment

#: In the order of the list; each is the module of that name, with its `EXPERIMENT`.
NAMES: tuple[str, ...] = (
    "convergence",
    "weights",
    "radius",
    "map",
    "samples",
    "lloyd",
    "tying",
    "robustness",
    "digits",
)


def experiment(name: str) -> Experiment:
    """The experiment of that name.

    Raises:
        InputError: there is none.
    """
    if name not in NAMES:
        raise InputError(f"no experiment {name!r}; the experiments are {', '.join(NAMES)}")
    found: Experiment = import_module(f".{name}", __package__).EXPERIMENT
    return found
