"""One step of sample EM against scikit-learn's GaussianMixture, in one run. On an idle machine:

    OPENBLAS_NUM_THREADS=1 python benchmarks/sample_em.py [--n 1000000]

n points in d = 9 dimensions, k = 10 spherical components with the same weights and means, so the
same responsibilities; the sums are compared. What the machine itself needs is timed beside them:
n·k exponentials and the two matrix products, in chunks as ours and on as many threads.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from overspec import Mixture
from overspec.verify.em.data import BLOCK, checked_data
from overspec.verify.em.sample_step import CACHE, THREADS, e_step
from overspec.verify.em.sample_update import powers

K, D = 10, 9


def best(work: Callable[[], object], repeats: int = 5) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def machine(x: np.ndarray, means: np.ndarray) -> tuple[float, float]:
    """Seconds for n·k exponentials, and for the two products of n·k·d multiplications."""
    rows = CACHE // K
    parts = [x[i : i + rows] for i in range(0, len(x), rows)]
    score = -3 * np.random.default_rng(2).random((K, rows)).astype(x.dtype)

    def chunks(work: Callable[[np.ndarray], None]) -> float:
        def share(which: int) -> None:
            for part in parts[which::THREADS]:
                work(part)

        with ThreadPoolExecutor(THREADS) as pool:
            return best(lambda: list(pool.map(share, range(THREADS))))

    exponentials = chunks(lambda part: np.exp(score[:, : len(part)]))
    products = chunks(lambda part: (means @ part.T) @ part)
    return exponentials, products


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=10**6)
    n = parser.parse_args().n
    x = np.random.default_rng(1).standard_normal((n, D))
    mixture = Mixture.simplex(K, "linear")
    weights = np.array([float(w) for w in mixture.weights])
    means = powers(mixture) @ np.full(D, 0.5)

    peer = GaussianMixture(
        K, covariance_type="spherical", weights_init=weights, means_init=means,
        precisions_init=np.ones(K), max_iter=1, tol=0, reg_covar=0,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        peer.fit(x[:1000])
    peer.weights_, peer.means_ = weights, means
    peer.covariances_ = peer.precisions_cholesky_ = np.ones(K)

    def peer_step() -> None:
        mean_log, log_w = peer._e_step(x)
        peer._m_step(x, log_w)
        peer.log = mean_log

    def reset() -> None:
        peer.weights_, peer.means_ = weights, means
        peer.covariances_ = peer.precisions_cholesky_ = np.ones(K)

    def timed_peer() -> None:
        reset()
        peer_step()

    start = time.perf_counter()
    table = checked_data(x, D)
    print(f"reading and checking the data, once: {time.perf_counter() - start:.3f} s")
    theirs = best(timed_peer, 3)
    for dtype in (np.float64, np.float32):

        def step(dtype: type = dtype):  # type: ignore[no-untyped-def]
            return e_step(table, means, np.eye(D), np.log(weights), dtype)

        sums = step()
        difference = max(
            np.abs(sums.first / sums.mass[:, None] - peer.means_).max(),
            np.abs(sums.mass - peer.weights_).max(),
            abs(sums.log_likelihood - peer.log),
        )
        ours = best(step)
        cost = machine(x.astype(dtype), means.astype(dtype))
        print(
            f"{np.dtype(dtype).name}, n = {n}, k = {K}, d = {D}, "
            f"blocks of {BLOCK}, {THREADS} threads\n"
            f"  ours {ours:.3f} s; scikit-learn {theirs:.3f} s; ratio {theirs / ours:.1f}; "
            f"largest difference {difference:.1e}\n"
            f"  the machine's own exp {cost[0]:.3f} s and products {cost[1]:.3f} s: "
            f"{100 * sum(cost) / ours:.0f}% of our step"
        )


if __name__ == "__main__":
    main()
