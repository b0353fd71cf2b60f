"""Frozen dataclasses as plain data and back, for the ledger's JSON: the types say how."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """Dicts, lists, strings, numbers: a dataclass by its fields, an Enum by its value.

    >>> from overspec.evidence import Evidence, Quantity
    >>> to_plain(Quantity("0.5", "inf", Evidence.PROVED))
    {'low': '0.5', 'high': 'inf', 'evidence': 'proved'}
    """
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, (tuple, list)):
        return [to_plain(part) for part in value]
    return value


def from_plain(kind: type[T], data: Any) -> T:
    """The inverse of `to_plain` for a dataclass of such types.

    Raises:
        KeyError, TypeError, ValueError: data of another shape; nothing is guessed or filled in.

    >>> from overspec.evidence import Quantity
    >>> from_plain(Quantity, {"low": "0.5", "high": "inf", "evidence": "proved"}).high
    'inf'
    >>> from_plain(Quantity, {"low": 1, "high": "inf", "evidence": "proved"})
    Traceback (most recent call last):
    ...
    TypeError: 1 where a str belongs
    """
    result: T = _read(kind, data)
    return result


def _read(kind: Any, data: Any) -> Any:
    if get_origin(kind) is UnionType:
        inner = [part for part in get_args(kind) if part is not NoneType]
        return None if data is None else _read(inner[0], data)
    if get_origin(kind) is tuple:
        parts = get_args(kind)
        if not isinstance(data, list):
            raise TypeError(f"{data!r} where a list belongs")
        if parts[-1] is Ellipsis:
            return tuple(_read(parts[0], part) for part in data)
        return tuple(_read(part, item) for part, item in zip(parts, data, strict=True))
    if is_dataclass(kind):
        if not isinstance(data, dict):
            raise TypeError(f"{data!r} where an object belongs")
        hints = get_type_hints(kind)
        values = {field.name: _read(hints[field.name], data[field.name]) for field in fields(kind)}
        make: Any = kind
        return make(**values)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(data)
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if not isinstance(data, kind) or (isinstance(data, bool) and kind is not bool):
        raise TypeError(f"{data!r} where a {kind.__name__} belongs")
    return data
