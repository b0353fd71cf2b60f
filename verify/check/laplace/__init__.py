"""Regular-simplex orbits at any k: the checker's own integrals over τ.

sums           Proved enclosures through the Laplace transform.
tables         The integrals, on tables in exact fixed-point arithmetic; what they cost.
turns          Sums of roots of unity over the components of a weight, at every frequency asked.
"""
