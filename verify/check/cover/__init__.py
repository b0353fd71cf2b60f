"""What a cover rests on beside its values, by the checker's own formulas.

constants  The K_p and what they bound: derivatives along lines, in mpmath.
tip        One point of first failure and no other, over two amplitudes.
"""
