"""The claims, how each is judged, and the ledger of their outcomes.

audit       P: sentences of the document under test, judged.
cases       The mixtures and points on which measured claims are checked: exact, few.
claim       What a claim is, and how its outcome is computed from a measurement.
convexity   Conjecture G of math.md section 4, that L is strictly convex at every k.
enclosed    Claims about one mixture on certified enclosures: what the level `certified` adds.
exact       The exact claims.
found       What is read off a claim: its scope, its dependencies, its two methods.
laws        X: the laws that the experiments put to the test, measured cheaply.
ledger      The ledger: what a run found of every claim, and its JSON (`run` makes one).
measured    Measured claims: engines agree (E1), sublinear convergence in a null block (T2, T4c).
of_mixture  What the claims say of one mixture: the suite's checks.
pool        Processes of this machine, for claims and for sweeps.
profile     What the toolkit finds for one mixture that a user names: spectrum, condition, rate.
rates       The measured claims, T1 among them: linear convergence where no DFT entry vanishes.
registry    The registry of claims, in the order in which a reader meets them.
run         A run: every claim checked, evidence and outcome carried over the dependency graph.
sentences   Sentences of what is measured, printed from what the judge takes.
stated      Claims that a user states about a mixture, in TOML; no Python is read from it.
"""
