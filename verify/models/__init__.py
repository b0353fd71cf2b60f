"""Models with any maps T_j, in up to three dimensions: numbers, enclosures, EM, fixed points.

ball_lattice  Lattices in balls: nodes for a truth, and what they miss.
balls      The same expectations in balls, θ a point or a box: every error is bounded.
certified  KL, M, gradient, Hessian and DM at one θ, each in an interval, to many digits.
contraction  The factor |M(θ) − θ*|/|θ − θ*| over a region, certified by a cover.
fixed_points  All fixed points of EM in a box, with proof that there are no others.
line       Where EM goes from every start on a line, p = 1, with proof.
moments    The expectations at one state that every number is made of, over a rule.
numbers    KL, the EM map, its Jacobian, gradient and Hessian in doubles, with derived bounds.
reference  The same numbers from their definitions, by adaptive quadrature: no code shared.
rule       Nodes and masses for the truth or for data, and what they miss.
run        EM, gradient EM and Polyak steps, on the population or on data; limits and basins.
"""
