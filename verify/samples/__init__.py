"""T8 to T10 in numbers: what n samples guarantee, and what they do in simulations.

answer      What is shown of an answer.
bound       Radii and deviations of T8 and T9, rounded outward.
complexity  How many samples an error needs, and the inverse.
formulas    The value of a derived formula, in doubles or in balls.
peeling     T8 on a first ball, T9 on one ball after the other (T10).
shells      How EM on the population contracts on shells s ≤ |θ| ≤ r.
quantiles   Of χ² and of sums of multiples of it, proved.
simulate    EM on many samples at once.
"""
