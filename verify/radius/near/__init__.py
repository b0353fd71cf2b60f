"""What is certified of γ near 0, and near the first failure.

falling  One crossing and no other: where λ falls strictly, a narrow bracket takes two values.
narrow   Narrow brackets over two amplitudes: a cover outside the `tip`, many digits at it.
start    Up to here no cover is needed: the best of the bounds B, Ba and Bb.
tip      One point of first failure and no other, over two amplitudes.
"""
