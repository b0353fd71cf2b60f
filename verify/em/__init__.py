"""EM itself: on the population, on samples, and a plain one to compare with.

data         Tables of numbers from files, arrays and Dask.
estimator    `TiedEM`: a tied mixture as a scikit-learn style estimator.
free         Population EM with free means: what the tie prevents.
population   Population EM as a dynamical system: tied means, with or without a variance.
reference    A second, plain EM for cross-checks: textbook formulas, straight loops.
sample       Sample EM on given data: tied or free means, fixed, isotropic or full covariance.
sample_step  The E-step on data: one pass, small chunks, two threads.
simplices    Population EM along regular simplices: |θ| alone moves, at any k.
step         One iterate of population EM, and the weights' energies with their exact zeros.
"""
