"""Words of maps, T_jᵀT_iθ for example: atoms that are vectors, their images and inner products.

Maps T_j from R^p to R^d and transposes take turns in a word, so that its path of indices and the
space of its last letter say which is which. Nothing is used of the maps but that they are linear
and that ``⟨u, T_jv⟩ = ⟨T_jᵀu, v⟩``; of orthogonal ones also that ``T_jᵀT_j = I``.
"""

from __future__ import annotations

from overspec.proofs.language.every.atoms import (
    ANY_MAPS,
    DOT,
    FAMILIES,
    GRAM,
    MEMBER,
    PAIR,
    PARAMETERS,
    VECTOR,
    WORD,
    Atom,
    normal,
)
from overspec.proofs.language.every.forms import Form
from overspec.proofs.language.expression import Unevaluable

#: Family of the maps ("" where there are none), path from the left, letter, index of the letter.
Word = tuple[str, tuple[Form, ...], str, Form]


def word_of(each: Atom) -> Word:
    """The word that a vector is.

    Raises:
        Unevaluable: R^j or a mode in it, of which maps know nothing.
    """
    match each:
        case (kind, _, letter, ()) if kind == VECTOR:
            return "", (), letter, ()
        case (kind, _, letter, place) if kind == MEMBER:
            return "", (), letter, place
        case (kind, _, family, path, letter, place) if kind == WORD:
            return family, path, letter, place
    raise Unevaluable("powers of R beside a family")


def vector(word: Word, slot: int = 0) -> Atom:
    """A word as an atom."""
    return normal((WORD, slot, *word))


def _of_parameters(word: Word) -> bool:
    """Whether a word is in R^p."""
    _, path, letter, _ = word
    return (letter in PARAMETERS) != (len(path) % 2 == 1)


def prefixed(form: Form, each: Atom, back: bool, family: str = ANY_MAPS) -> Atom:
    """``T_form u``, or ``T_formᵀ u`` where ``back``, for a vector u.

    Raises:
        Unevaluable: u is in the other space, or a word of another family.
    """
    own, path, letter, place = word = word_of(each)
    if _of_parameters(word) == back or own not in ("", family):
        raise Unevaluable("a map of another space")
    return vector((family, (form, *path), letter, place), each[1])


def behind(maps: tuple[str, tuple[Form, ...]], each: Atom, slot: int) -> Atom:
    """A vector with the maps of a path applied to it, in a slot."""
    family, path = maps
    out = each
    for form in reversed(path):
        out = prefixed(form, out, not _of_parameters(word_of(out)), family)
    return vector(word_of(out), slot)


def product(a: Atom, b: Atom) -> Atom:
    """``⟨a, b⟩``.

    Raises:
        Unevaluable: they are in two spaces, or words of two families.
    """
    first, second = word_of(a), word_of(b)
    families = {first[0], second[0]} - {""} or {ANY_MAPS}
    if _of_parameters(first) != _of_parameters(second) or len(families) > 1:
        raise Unevaluable("an inner product of two spaces")
    _, left, u, p = first
    _, right, v, q = second
    return normal((GRAM, *families, u, p, (*left[::-1], *right), v, q))


def other_end(each: Atom, letter: str, slot: int) -> Atom | None:
    """The w with ``⟨letter, w⟩`` as the atom, in a slot; None where it is no such product."""
    match each:
        case (kind, u, v, ()) if kind == DOT and letter in (u, v):
            return (VECTOR, slot, u if v == letter else v, ())
        case (kind, u, family, place) if kind == PAIR and u == letter:
            return (MEMBER, slot, family, place)
        case (kind, family, u, p, path, v, q) if kind == GRAM and letter in (u, v):
            if u == letter:
                return vector((family, path, v, q), slot)
            return vector((family, path[::-1], u, p), slot)
    return None


def with_letter(each: Atom, old: str, new: str) -> tuple[Atom, ...]:
    """A vector or an inner product, once for each place of a letter, with another letter there.

    Raises:
        Unevaluable: R^j is between the letters, or the letter is one of a family.
    """
    if old in FAMILIES:
        raise Unevaluable("a derivative in a family")
    places = [i for i in _LETTERS.get(each[0], ()) if each[i] == old]
    if places and each[0] in (DOT, VECTOR) and each[3]:
        raise Unevaluable("powers of R beside a family")
    return tuple(normal((*each[:i], new, *each[i + 1 :])) for i in places)


#: Where the letters of an atom are.
_LETTERS = {VECTOR: (2,), DOT: (1, 2), PAIR: (1,), WORD: (4,), GRAM: (2, 5)}
