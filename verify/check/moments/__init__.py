"""Proves comparisons of formulas again: arithmetic, a few functions, moments on the line.

enclose   The checker's own enclosures of formulas: rounded both ways, and a rule for moments.
proof     Proves a certificate of comparisons again.
rounded   Intervals in MPFR, every operation rounded down for one end and up for the other.
tree      The checker's own reading of a formula, and its words.
"""
