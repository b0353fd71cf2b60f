"""The two sides of a check of an EM step.

bodies  How the code is called and what it is compared with: lines that a failing check prints.
wanted  What a body is given besides the case: what should come out, by plain formulas.
"""
