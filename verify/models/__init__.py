"""Models with any maps T_j, in up to three dimensions: numbers, enclosures, EM, fixed points.

moments    The expectations at one state that every number is made of, over a rule.
numbers    KL, the EM map, its Jacobian, gradient and Hessian in doubles, with derived bounds.
reference  The same numbers from their definitions, by adaptive quadrature: no code shared.
rule       Nodes and masses for the truth or for data, and what they miss.
run        EM, gradient EM and Polyak steps, on the population or on data; limits and basins.
"""
