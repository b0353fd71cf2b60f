"""Regular-simplex orbits at any k: one-dimensional integrals, in doubles and many digits.

digits         The Laplace engine in any number of digits.
digits_tables  The tables of the Laplace engine on FLINT numbers; see `engines.laplace.tables`.
doubles        The Laplace engine in doubles: regular-simplex orbits at any k (math.md section 5).
hessian        DM on a regular-simplex orbit, from moments of the responsibilities of degree ≤ 4.
rounding       Rounding errors of the Laplace engine in doubles, by the model of `engines.rounding`.
tables         The one-dimensional functions of the Laplace engine and the grids they are summed on.
"""
