"""Files appear whole or not at all, and what a stranger's file may cost is known before it is read.

Written under a temporary name, then renamed. Read within a budget: the size of the file, how many
items it has, how deep they nest and how long its numbers are, each refused in a sentence.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from overspec.errors import InputError, OutOfReach
from overspec.exact import MAX_BITS

MOST_JSON = 20_000_000  # bytes of a ledger
MOST_TOML = 500_000  # characters of a claims file or a specification: 1.6 s of tomllib
MOST_ITEMS = 1_000_000  # members of objects and lists: 200 MB
MOST_DEPTH = 50
MOST_LINE = 2_000_000  # characters of a line of data; beyond, it is no table
MOST_UNPACKED = 2**29  # bytes of a table that cannot be mapped: packed, or from a pipe
MOST_DIGITS = 2_000  # of an integer
PLAIN = "\n\t\xa0\u2009\u202f"  # line breaks and spaces, which are not "printable"
#: Twenty keys joined by points: tomllib copies them again for each.
_MANY_POINTS = re.compile(r"(?:\.[\w\"' \t-]++){20}")


def visible(text: object) -> str:
    r"""Text that does nothing to a terminal: what is not printed is shown by its escape.

    >>> visible("k = 3\x1b[2J\u202e")
    'k = 3\\x1b[2J\\u202e'
    """
    return "".join(
        c if c.isprintable() or c in PLAIN else c.encode("unicode_escape").decode()
        for c in str(text)
    )


def opened_without_waiting(path: str, flags: int) -> int:
    """An ``opener`` for `open`: a pipe that nobody writes to is empty, and does not hang.

    Raises:
        InputError: a directory or a device.
        OSError: it cannot be opened.

    >>> open("/dev/zero", "rb", opener=opened_without_waiting)
    Traceback (most recent call last):
    ...
    overspec.errors.InputError: /dev/zero is a device; give a file
    """
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    mode = os.fstat(handle).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
        os.close(handle)
        kind = "directory" if stat.S_ISDIR(mode) else "device"
        raise InputError(f"{path} is a {kind}; give a file")
    if hasattr(os, "O_NONBLOCK"):
        os.set_blocking(handle, True)
    return handle


def read_bytes(path: str | Path, most: int) -> bytes:
    """A file whole, or a refusal before it is read.

    Raises:
        InputError: it cannot be read, or is a directory or a device.
        OutOfReach: it has more than ``most`` bytes.
    """
    try:
        with open(path, "rb", opener=opened_without_waiting) as file:
            size = os.fstat(file.fileno()).st_size
            data = b"" if size > most else file.read(most + 1)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except InputError:
        raise
    except ValueError as error:  # a zero in the name
        raise InputError(f"cannot read {str(path)!r}: {error}") from None
    if max(size, len(data)) > most:
        raise OutOfReach(f"{path} has more than {most} bytes; no more are read")
    return data


def bounded_lines(where: str, file: TextIO, most: int | None = None) -> Iterator[str]:
    """The lines of a file, read one by one, none longer than a table has.

    Args:
        where: the file, for messages.
        file: the text.
        most: characters in all, of what was not there before it was read: packed, or from a pipe.

    Raises:
        OutOfReach: one has more than `MOST_LINE` characters, or all have more than ``most``.

    >>> import io
    >>> list(bounded_lines("data", io.StringIO("1,2\\n3,4")))
    ['1,2\\n', '3,4']
    """
    number, total = 0, 0
    while line := file.readline(MOST_LINE + 1):
        number += 1
        if len(line) > MOST_LINE:
            raise OutOfReach(f"{where}, line {number} has more than {MOST_LINE} characters")
        total += len(line)
        if most is not None and total > most:
            raise OutOfReach(
                f"{where} has more than {most} characters when unpacked; unpack it, or write it to "
                "a file: plain text may be of any size"
            )
        yield line


def check_unpacked(path: Path, size: int) -> None:
    """Refuse a packed table that would take more than `MOST_UNPACKED` bytes of memory."""
    if size > MOST_UNPACKED:
        raise OutOfReach(
            f"data file {path}: {size} bytes when unpacked, at most {MOST_UNPACKED} are; a .npy "
            "file, which is mapped, or text may be of any size"
        )


def parse_json(data: bytes, name: str) -> Any:
    """JSON within the budget: each key once, finite numbers.

    Raises:
        InputError: not JSON, a key twice in an object, NaN or a number that no double holds.
        OutOfReach: more than `MOST_ITEMS` items, `MOST_DEPTH` levels or `MOST_DIGITS` digits.

    >>> parse_json(b'{"a": [1, 0.5]}', "this")
    {'a': [1, 0.5]}
    >>> parse_json(b'{"a": 1, "a": 2}', "this")
    Traceback (most recent call last):
    ...
    overspec.errors.InputError: this has the key 'a' twice
    """
    _few(data.count(b",") + data.count(b"[") + data.count(b"{"), name)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            ((twice, _),) = Counter(key for key, _ in pairs).most_common(1)
            raise InputError(f"{name} has the key {twice[:40]!r} twice")
        return found

    def double(text: str) -> float:
        value = float(text)
        if not math.isfinite(value) or (value == 0 and re.match(r"-?[0.]*[1-9]", text)):
            raise InputError(f"{name} has {text[:40]}, which no double holds")
        return value

    def integer(text: str) -> int:
        if len(text) > MOST_DIGITS:
            raise OutOfReach(
                f"{name} has an integer of {len(text)} digits; at most {MOST_DIGITS} are read"
            )
        return int(text)

    try:
        content = json.loads(
            data, object_pairs_hook=once, parse_float=double, parse_constant=double,
            parse_int=integer,
        )  # fmt: skip
    except InputError:
        raise
    except RecursionError:
        raise _too_deep(name) from None
    except ValueError as error:
        raise InputError(f"{name} is not JSON: {str(error)[:200]}") from None
    _bounded(content, name)
    return content


def parse_toml(text: str, name: str) -> dict[str, Any]:
    """TOML within the budget.

    Raises:
        InputError: not TOML, or a float that is not finite.
        OutOfReach: as for JSON, and keys of twenty parts.

    >>> parse_toml("a = [1, 2]", "this")
    {'a': [1, 2]}
    """
    if len(text) > MOST_TOML:
        raise OutOfReach(f"{name} has {len(text)} characters; at most {MOST_TOML} are read")
    _few(text.count(",") + text.count("[") + text.count("{") + text.count("\n"), name)
    if _MANY_POINTS.search(text):
        raise OutOfReach(f"{name} has a key of more than twenty parts")
    try:
        content = tomllib.loads(text.removeprefix("\ufeff"))  # some editors put a mark there
    except RecursionError:
        raise _too_deep(name) from None
    except ValueError as error:  # tomllib's own, and that of an integer too long
        raise InputError(f"{name} is not TOML: {str(error)[:200]}") from None
    _bounded(content, name)
    return content


def _few(items: int, name: str) -> None:
    if items > MOST_ITEMS:
        raise OutOfReach(f"{name} has more than {MOST_ITEMS} items; no more are read")


def _too_deep(name: str) -> OutOfReach:
    return OutOfReach(f"{name} nests more than {MOST_DEPTH} levels; no more are read")


def _bounded(content: object, name: str) -> None:
    """How deep it nests, level by level; integers that can be written, and finite floats."""
    level: list[Any] = [content]
    for _ in range(MOST_DEPTH):
        for value in level:
            if isinstance(value, int) and value.bit_length() > MAX_BITS:
                raise OutOfReach(f"{name} has an integer of more than {MAX_BITS} bits")
            if isinstance(value, float) and not math.isfinite(value):
                raise InputError(f"{name} has {value}, which is not a finite number")
        level = [
            child
            for value in level
            if isinstance(value, (dict, list))
            for child in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return
    raise _too_deep(name)


def write_atomically(path: Path, content: str | bytes) -> Path:
    """Write the file, creating its folder; UTF-8 for text.

    Raises:
        InputError: the place cannot be written; nothing is left behind.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(Path(folder) / "a" / "b.txt", "text").read_text()
    'text'
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise _cannot_write(path, error) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o666 & ~_umask())  # mkstemp makes private files
        os.replace(temporary, path)
    except OSError as error:
        os.unlink(temporary)
        raise _cannot_write(path, error) from None
    except BaseException:
        os.unlink(temporary)
        raise
    return path


def check_writable(folder: Path) -> None:
    """Create the folder and see that a file can be made in it: before long work, not after.

    Raises:
        InputError: it cannot.

    >>> check_writable(Path("/dev/null/folder"))
    Traceback (most recent call last):
    ...
    overspec.errors.InputError: cannot write /dev/null/folder: Not a directory; choose another place
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _cannot_write(folder, error) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _cannot_write(path: Path, error: OSError) -> InputError:
    return InputError(f"cannot write {path}: {error.strerror or error}; choose another place")
