"""T8 in numbers: what n samples guarantee, and what they do in simulations.

bound       Radii, deviations and paths of T8, rounded outward.
complexity  How many samples an error needs, and the inverse.
simulate    EM on many samples at once.
"""
