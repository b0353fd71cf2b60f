"""Cyclic difference sets, and the partitions of Z_k whose pair counts do not see the shift."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from overspec.errors import InputError


def constant_pairs(k: int, pattern: Sequence[Sequence[int]]) -> bool:
    """Whether ``N_ab(s) + N_ba(s)`` is free of s ≠ 0 for all sets a, b of a partition of Z_k.

    >>> constant_pairs(7, [(0,), (1, 2, 4), (3, 5, 6)]), constant_pairs(4, [(0, 1), (2, 3)])
    (True, False)
    """
    label = {j: a for a, members in enumerate(pattern) for j in members}

    def count(s: int) -> dict[tuple[int, int], int]:
        found: dict[tuple[int, int], int] = {}
        for i in range(k):
            a, b = sorted((label[i], label[(i + s) % k]))
            found[a, b] = found.get((a, b), 0) + 1
        return found

    return all(count(s) == count(1) for s in range(2, k // 2 + 1))


def difference_sets(k: int) -> tuple[tuple[int, ...], ...]:
    """All D ⊂ Z_k, D not empty, whose differences s ≠ 0 are equally frequent; k ≤ 16.

    >>> [d for d in difference_sets(7) if len(d) == 3 and d[0] == 0][:3]
    [(0, 1, 3), (0, 1, 5), (0, 2, 3)]
    """
    if not 2 <= k <= 16:
        raise InputError(f"k = {k}: all subsets of Z_k are tried, so 2 <= k <= 16")
    found = []
    for size in range(1, k + 1):
        if size * (size - 1) % (k - 1):
            continue
        found += [d for d in combinations(range(k), size) if _flat(k, d)]
    return tuple(found)


def _flat(k: int, members: tuple[int, ...]) -> bool:
    inside = set(members)
    counts = {sum((i + s) % k in inside for i in members) for s in range(1, k // 2 + 1)}
    return len(counts) <= 1


def keeping_partitions(k: int) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """The partitions of Z_k such that any weights constant on their parts keep the simplex.

    >>> sorted({tuple(sorted(map(len, p))) for p in keeping_partitions(7)})
    [(1, 3, 3), (1, 6), (3, 4), (7,)]
    """
    sets = difference_sets(k)
    known = set(sets)

    def extend(parts: tuple[tuple[int, ...], ...], left: set[int]) -> Iterator[Any]:
        if not left:
            yield parts
            return
        first = min(left)
        for d in sets:
            if d[0] == first and left.issuperset(d):
                unions = (tuple(sorted((*d, *other))) for other in parts)
                if all(union in known for union in unions):
                    yield from extend((*parts, d), left.difference(d))

    return tuple(extend((), set(range(k))))
