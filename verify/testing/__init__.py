"""For tests of one's own: the pytest plugin, the EM protocol, Hypothesis strategies.

adapters    How someone's EM code is called: tied, with free means, or as an estimator with `fit`.
calls       Someone's code called with its own arrays; what it returns, as NumPy arrays.
cases       What someone's EM step is asked at: starts, weights, data and covariances.
diagnosis   What a breach looks like: confusions that have a name.
example     A case as a Python program that prints the difference.
identities  The named checks of an EM step.
plugin      The pytest plugin: options, `*.claims.toml` files, evidence out. See docs/pytest.md.
posterior   What an EM step should give, by plain formulas.
protocol    Someone else's EM against the identities: which it breaks, and on what smallest example.
report      What a run of the checks found.
shrink      A smaller case that breaks the same check in the same way.
sides       What a check compares: how the code is called, and what should come out.
strategies  Hypothesis strategies for exact weights, actions, mixtures, amplitudes and data.
trial       One check at one case: how far from what must hold, in tolerances.
"""
