"""What may be asked of a radius: apart from the search, so that whoever asks loads no engine."""

KINDS = ("jacobian", "factor", "convexity")
KIND = "jacobian"  # where none is given
ORBITS = ("all", "simplex")
MAX_DIGITS = 10  # of the search, in doubles
MANY_DIGITS = 100  # where one amplitude decides: `radius.crossing`
PAIR_DIGITS = 30  # over the two amplitudes of k = 4
FIVE_DIGITS = 15  # over the two amplitudes of k = 5
PROVED_DIGITS = 100  # of a certified bracket, where one amplitude decides
PROVED_OVER_TWO = {4: 30, 5: 8}  # over two amplitudes, by k
