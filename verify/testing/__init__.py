"""For tests of one's own: the pytest plugin, the EM protocol, Hypothesis strategies.

plugin      The pytest plugin: options, `*.claims.toml` files, evidence out. See docs/pytest.md.
protocol    Someone else's EM against the identities: which it breaks, and on what smallest example.
strategies  Hypothesis strategies for exact weights, actions, mixtures, amplitudes and data.
"""
