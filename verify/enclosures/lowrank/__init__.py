"""The low-rank engine with proof: any θ without a zero amplitude.

E log S, the g_m and the Hessian in balls. Formulas and notation: `engines.lowrank`.

bounds   The error bounds of the low-rank enclosure: over h, over τ, and of the tables.
either   The lattice or the low-rank enclosure, whichever takes less: the g_m and the radial matrix.
enclose  The low-rank enclosure: E log S, the g_m and the radial matrix in balls.
longer   The sums of the low-rank enclosure in numbers of 64 bits, with a bound for every rounding.
nodes    The nodes h of the low-rank enclosure, and the cells of the tables that they reach.
plan     How θ is split in balls, and where the sums of the low-rank enclosure are taken.
sums     Sums over the nodes of the low-rank enclosure, and the numbers that are made of them.
tables   P_0, P_1 and P_2 in balls at any argument, by Taylor polynomials on cells.
"""
