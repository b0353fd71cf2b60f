"""Files appear whole or not at all: written under a temporary name, then renamed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from overspec.errors import InputError


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
