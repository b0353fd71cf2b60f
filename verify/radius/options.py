"""What may be asked of a radius: apart from the search, so that whoever asks loads no engine."""

KINDS = ("jacobian", "factor", "convexity")
ORBITS = ("all", "simplex")
MAX_DIGITS = 10
