# gmpy2 is compiled and untyped: mypy is told in pyproject.toml to pass it over, pyright here.
from typing import Any

def __getattr__(name: str) -> Any: ...
