"""The experiments by name; each is loaded when it is asked for."""

from __future__ import annotations

from importlib import import_module

from overspec.errors import one_of
from overspec.verify.experiments.experiment import Experiment

#: Name → room, in the order of the list; each is the module of that name, with its `EXPERIMENT`.
ROOMS: dict[str, str] = {
    "convergence": "weights",
    "weights": "weights",
    "radius": "start",
    "map": "weights",
    "samples": "data",
    "lloyd": "start",
    "tying": "model",
    "robustness": "data",
    "digits": "data",
    "tables": "data",
    "acceleration": "weights",
}
NAMES: tuple[str, ...] = tuple(ROOMS)


def experiment(name: str) -> Experiment:
    """The experiment of that name.

    Raises:
        InputError: there is none.
    """
    name = one_of(name, NAMES, "experiment")
    found: Experiment = import_module(f"{__package__}.{ROOMS[name]}.{name}").EXPERIMENT
    return found
