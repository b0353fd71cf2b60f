"""X: the laws that the experiments put to the test, measured at a size that a ledger can afford.

What an experiment asserts and what it plots, at full size, is in `overspec.verify.experiments`.

ahead      X10: what looks ahead is linear where EM is sublinear.
approach   X1 to X4: the slope of log KL, the crossover, starts of any size, γ_c as a contour.
departing  X8, X9, X11: data that are not N(0, I): the factor of their covariance; white data.
number     A measured number with its error, and a prediction of it, judged.
sampled    X5, X6: the limit of sample EM; Lloyd's simplex on samples.
tied       X7: the law of r with the variance fixed or estimated.
"""
