"""k = 4 by two pairs of components.

bounds  What each line of a budget of the engine ``pairs`` must come to.
sums    Proved enclosures at k = 4 in many digits, by the checker's own sums.
"""
