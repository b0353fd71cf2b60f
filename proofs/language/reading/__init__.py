"""Every formula read a second time, by code that the first method does not run.

The symbolic method calls `value` of the nodes; the reading calls none of it. It has its own
arithmetic, takes R as a matrix, the responsibilities from Bayes' rule for the densities of the
components with true exponentials, and roots of unity by Horner's rule. What the two methods have
in common is found by running them, in `shared`.

compare    What the second reading of a step finds, against the symbolic method.
densities  An exact instance where the exponentials are true ones.
mixture    The second reading of the operations of the mixture and of analysis.
reader     The second reading of arithmetic, indices and sums; both sides of a step.
shared     Which functions both methods run, found by tracing them.
"""
