"""What a cover rests on beside its values, by the checker's own formulas.

constants  The K_p and what they bound: derivatives along lines, in mpmath.
means      Gaussian means of one variable that the tails at k = 4 need.
prime      All θ beyond a radius, k an odd prime: λ above its level.
spectrum   |π̂_m|² for every frequency.
start      Where no box is needed: the explicit bounds.
tails      Beyond a rectangle of amplitudes, k = 4: λ above its level for all larger ones.
tip        One point of first failure and no other, over two amplitudes.
"""
