"""The one exception for bad input: everything else is a defect of ours."""


class InputError(ValueError):
    """Bad input from a caller or a file.

    The message names the input, says what is wrong with it and what would be right;
    the command line prints it alone (no traceback) and exits with code 2.

    >>> raise InputError("k = 1: a mixture needs at least two components; use k >= 2")
    Traceback (most recent call last):
    ...
    overspec.errors.InputError: k = 1: a mixture needs at least two components; use k >= 2
    """
