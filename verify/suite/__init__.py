"""The suite that ``pytest --pyargs overspec.verify.suite`` runs.

test_mixtures  Every claim that can be asked of each mixture, as the --overspec options choose them.
"""

if __name__ != "overspec.verify.suite":  # the folder was imported under its bare name
    raise ImportError("run this as pytest --pyargs overspec.verify.suite, on an installed wheel")
