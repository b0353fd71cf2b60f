"""EM itself: on the population, on samples, and a plain one to compare with.

ahead        EM that looks ahead: SQUAREM, Anderson's method, DAAREM, with a monotone safeguard.
cells        Cells of a table: numbers, missing values, names, counts.
choice       Several runs of sample EM: the best of many starts, BIC and ICL against k.
data         Tables of numbers, checked in one pass: arrays, mapped files, Dask.
estimator    `TiedEM`: a tied mixture as a scikit-learn style estimator.
free         Population EM with free means: what the tie prevents.
population   Population EM as a dynamical system: tied means, with or without a variance.
readers      Tables from files: what was read, and how it was taken.
reference    A second, plain EM for cross-checks: textbook formulas, straight loops.
sample       Sample EM on given data: tied or free means, fixed, isotropic or full covariance.
sample_start  What a run of sample EM starts from, checked, and what theory says of the data.
sample_step  The E-step on data: one pass, small chunks, two threads.
sample_update  The M-step: means tied or free, a covariance that is fixed or estimated.
simplices    Population EM along regular simplices: |θ| alone moves, at any k.
"""
