"""T8 and T9 in numbers: what n samples guarantee, and what they do in simulations.

answer      What is shown of an answer.
bound       Radii, deviations and paths of T8 and T9, rounded outward.
complexity  How many samples an error needs, and the inverse.
peeling     The theorems on one ball after the other.
quantiles   Of χ² and of sums of multiples of it, proved.
simulate    EM on many samples at once.
"""
