"""Lattice sums in doubles, with a bound for every rounding: where few digits are wanted.

moments  The masses and second moments of ``w_i w_j``, which the g_m and the radial matrix need.
"""
