"""What the weights are.

acceleration  Experiment ``acceleration``: what SQUAREM and Anderson's method save.
convergence  Experiment ``convergence``: log KL against the step, population and data, d = 3, k = 4.
map          weights × radius → the factor of an EM step, as a picture, with γ_c contours.
weights      exponential or t^{-2}, by the DFT of the weights, and what lies between.
"""
