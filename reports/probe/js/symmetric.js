// Eigenvalues of small symmetric matrices by Jacobi's rotations, which keep small ones accurate.

/** @param {Float64Array} matrix n × n, row by row, symmetric @param {number} n @returns {Float64Array} */
export function eigenvalues(matrix, n) {
  const a = Float64Array.from(matrix);
  for (let sweep = 0; sweep < 40; sweep++) {
    let moved = false;
    for (let p = 0; p < n - 1; p++)
      for (let q = p + 1; q < n; q++) {
        const off = a[p * n + q];
        if (Math.abs(off) <= 2 ** -54 * Math.sqrt(Math.abs(a[p * n + p] * a[q * n + q])) || Math.abs(off) < 1e-300) continue;
        moved = true;
        const ratio = (a[q * n + q] - a[p * n + p]) / (2 * off);
        const t = Math.sign(ratio || 1) / (Math.abs(ratio) + Math.hypot(1, ratio));
        const cosine = 1 / Math.hypot(1, t);
        const sine = t * cosine;
        for (let i = 0; i < n; i++) {
          const [x, y] = [a[i * n + p], a[i * n + q]];
          a[i * n + p] = cosine * x - sine * y;
          a[i * n + q] = sine * x + cosine * y;
        }
        for (let i = 0; i < n; i++) {
          const [x, y] = [a[p * n + i], a[q * n + i]];
          a[p * n + i] = cosine * x - sine * y;
          a[q * n + i] = sine * x + cosine * y;
        }
      }
    if (!moved) break;
  }
  return Float64Array.from({ length: n }, (_, i) => a[i * n + i]).sort();
}
