"""``python -m overspec`` is the command line."""

from overspec.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
