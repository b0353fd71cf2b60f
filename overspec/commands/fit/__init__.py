"""Fitting, on the population or on data.

compare  ``overspec compare``: BIC and ICL against the number of components, on data.
options  The options that commands on data share, and progress of long work.
run      ``overspec run``: EM from a starting point, on the population or on data.
"""
