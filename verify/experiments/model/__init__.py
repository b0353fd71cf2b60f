"""What the model is: tied means or free ones.

ball_em     One EM step on weighted points in balls, for the laws near the optimum.
local_laws  What the ties are worth: EM with more of the model free, from the same kind of start.
mismatch    How fast EM approaches a single Gaussian.
tying       Experiment ``tying``: what each tie is worth.
"""
