"""Predictions put to the test: what an experiment is, and rooms by what they vary.

data        What the data are: samples, heavy tails, digits.
experiment  What an experiment is: a claim whose measurement is a run.
extra       scikit-learn, which only some experiments need.
interval    How a measured number carries its error, and what a prediction may be told from it.
limits      Limits of sequences with a known expansion, and what their errors are (Richardson).
model       What the model is: tied means or free ones.
points      EM on weighted points: nodes of a quadrature for the population, or rows of data.
registry    The experiments by name; each is loaded when it is asked for.
start       Where EM starts: radii, and Lloyd's simplex.
tested      ``ov.experiment``: an experiment that was run, as a result that shows itself.
tied        Tied means between their three forms: a start, amplitudes.
weights     What the weights are.
"""

if __name__ != "overspec.verify.experiments":  # the folder was imported under its bare name
    raise ImportError("import this as overspec.verify.experiments, after installing overspec")
