"""What may be asked of a radius: apart from the search, so that whoever asks loads no engine."""

KINDS = ("jacobian", "factor", "convexity")
KIND = "jacobian"  # where none is given
ORBITS = ("all", "simplex")
MAX_DIGITS = 10
