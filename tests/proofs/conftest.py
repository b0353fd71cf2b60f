"""What proofs keep of earlier work, put away where a test changes the code that they run."""

from collections.abc import Callable, Iterator

import pytest

from overspec.proofs.language import definitions, derivation
from overspec.proofs.language.every import proof, sums
from overspec.proofs.lloyd import images

KEPT = (
    definitions._wrong,
    definitions._models,
    derivation.symbolic_entries,
    proof._parts,
    sums._computed,
    images._symbolic_image,
)


@pytest.fixture
def forget() -> Iterator[Callable[[], None]]:
    """Called where code has been changed; what that code computed is put away in the end."""

    def all_of_it() -> None:
        for known in KEPT:
            known.cache_clear()

    yield all_of_it
    all_of_it()
