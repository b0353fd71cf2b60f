"""Four weights, 24 orders: which of them make EM slow? Decided exactly, in the cyclotomic field."""

from itertools import permutations

from overspec import Weights
from overspec.proofs.machinery.cyclotomic import null_frequencies

VALUES = ("2/5", "3/10", "1/5", "1/10")

slow = []
for order in permutations(VALUES):
    null = null_frequencies(Weights.of(",".join(order)))
    if null:
        slow.append(order)
        print(", ".join(order), "-> null at frequency", *null)

# at frequency 2 the even places must weigh as much as the odd ones: 2/5 + 1/10 = 3/10 + 1/5
assert len(slow) == 8
assert all({order[0], order[2]} in ({"2/5", "1/10"}, {"3/10", "1/5"}) for order in slow)
print(f"{len(slow)} of 24 orders fail")
