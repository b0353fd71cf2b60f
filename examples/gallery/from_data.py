"""EM on samples: the error falls as 1/√n for good weights, as n^(-1/4) for uniform ones."""

import numpy as np

import overspec as ov

REPEATS = 20
generator = np.random.default_rng(7)
slopes = {}
for weights in ("7/10,3/10", "1/2,1/2"):
    mixture = ov.Mixture.simplex(2, weights)
    errors = []
    for n in (500, 8000):
        runs = [
            ov.sample_em(
                generator.standard_normal((n, 1)), mixture, [1.0], 3000, tolerance=1e-7
            ).steps[-1].norm
            for _ in range(REPEATS)
        ]  # fmt: skip
        errors.append(float(np.sqrt(np.mean(np.square(runs)))))
        print(f"weights {weights}, n = {n}: |theta| = {errors[-1]:.4f} (sampled, {REPEATS} runs)")
    slopes[weights] = np.log(errors[1] / errors[0]) / np.log(16)
    print(f"   falls like n^{slopes[weights]:.2f}")

assert -0.65 < slopes["7/10,3/10"] < -0.35
assert -0.37 < slopes["1/2,1/2"] < -0.13
