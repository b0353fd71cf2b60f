"""Checks certificates with code of its own: imports the nouns only.

bounds         The checker's own error bounds: what each line of a budget must come to at least.
format         The checker's own reading of a certificate file: its grammar, its exact numbers.
hessian        The checker's own Hessian: numbers by the definition of DM.
radius         Checks a certificate of a radius, with constants and quadratures of its own.
radius_values  The values that the checker of radii compares with: plain quadratures in doubles.
subject        What a number of a certificate is the number of.
tables         The checker's own Laplace integrals.
value          The checker's own numbers: plain MPFR quadratures, written apart from every engine.
verdict        Checks a certificate file with code that shares nothing with what wrote it.
"""
