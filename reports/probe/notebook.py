"""``ov.probe``: the interactive page in a notebook."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from overspec.errors import InputError, InputTypeError
from overspec.mixture import Mixture

if TYPE_CHECKING:
    from overspec.reports.probe.widget import Probe


def probe(mixture: Mixture, **view: object) -> Probe:
    """A widget in which γ moves as weights, gap and start are dragged: Jupyter, marimo, VS Code.

    The browser computes what it shows, in doubles, with the errors that the page states (evidence
    MEASURED). Once nothing moves, the kernel computes more digits, and certifies when asked.

    Args:
        mixture: the weights to begin with; a simplex action.
        view: further fields by the names of the command's options: ``gap="1/2"``, ``radius="2"``,
            ``kind="factor"``, ``amplitudes="1,1/2"``.

    Returns:
        A widget; its ``mixture`` and ``choice`` follow what is shown.

    Raises:
        InputError: the mixture has another action, a field cannot be read, or anywidget is not
            installed.

    >>> import overspec as ov
    >>> shown = ov.probe(ov.Mixture.simplex(4, "2/5,3/10,1/5,1/10"), gap="1/2")
    >>> shown.mixture.k, str(shown.choice.gap)
    (4, '1/2')
    """
    if not isinstance(mixture, Mixture):
        raise InputTypeError(f"probe {mixture!r}: give a Mixture")
    if not mixture.action.is_simplex:
        raise InputError(f"probe: the page is for the simplex action, not for {mixture.action}")
    if find_spec("anywidget") is None:
        raise InputError('the widget needs anywidget: pip install "overspec[probe]"')
    from overspec.reports.probe.choice import Choice, fields_of
    from overspec.reports.probe.widget import Probe

    fields = fields_of(mixture) | {name: str(value) for name, value in view.items()}
    return Probe(fields=dict(Choice.read(fields).fields))
