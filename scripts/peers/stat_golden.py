"""The golden numbers of lib/stat's tests, from SciPy and NumPy: python3 scripts/peers/stat_golden.py"""
from fractions import Fraction
from math import comb

import numpy as np
from scipy import stats
from scipy.spatial import distance

a, b = np.array([10, 20, 30, 0, 40]), np.array([100, 280, 210, 5, 405])
print("js", float(distance.jensenshannon(a / a.sum(), b / b.sum(), base=2)))
print("tv", float(distance.cityblock(a / a.sum(), b / b.sum()) / 2), float(distance.chebyshev(a / a.sum(), b / b.sum())))
x, y = [1, 2, 2, 3, 5, 8, 8, 8, 13], [2, 3, 3, 4, 8, 9, 10]
print("w1", float(stats.wasserstein_distance(x, y)), float(stats.wasserstein_distance([1, 2, 2.5], [-4, 30, 31, 32])))
rng = np.random.default_rng(1)
for n, m, shift in ((20, 30, 0.8), (20, 1000, 0.3), (10, 10, 0.5), (100, 5000, 0.15), (3, 4, 9)):
    r = stats.ks_2samp(rng.normal(shift, 1, n), rng.normal(0, 1, m), method="exact")
    print("ks exact", n, m, float(r.statistic), float(r.pvalue))
for k, n, p, q in ((3, 50, 1, 1000), (20, 2000, 2, 9999), (1, 10, 1, 10), (900, 1000, 90, 12)):
    # SciPy takes one less the other tail, which leaves few digits of a small one
    ways = sum(comb(j + p - 1, j) * comb(n - j + q - 1, n - j) for j in range(k, n + 1))
    print("beta-binomial", k, n, p, q, float(Fraction(ways, comb(n + p + q - 1, n))))
print("beta-binomial", float(stats.betabinom.sf(3, 5, 0.5, 0.5)))
i = np.arange(40)
v = np.stack([np.sin(i * 1.3), np.cos(i * i % 17), np.sin(i * 1.3) + (i % 7 - 3) / 10, i % 5 - 1.5])
mean, cov = v.mean(axis=1), np.cov(v)
t2 = mean @ np.linalg.solve(cov, mean)
n, p, m = 40, 4, 300
f = t2 / (1 / n + 1 / m) * (n - p) / (p * (n - 1))
print("hotelling", float(np.sqrt(t2)), float(stats.f.sf(f, p, n - p)))
pv = [0.01, 0.04, 0.03, 0.5, 0.002, 0.2]
print("fdr", [float(z) for z in stats.false_discovery_control(pv)])
z = np.array([-4, 1, 2, 2.5, 3, 7, 40.0])
u = np.arange(1, len(z)) / len(z)
print("w1 expected", float(np.sqrt(2 / np.pi * (1 / 50 + 1 / 700)) * np.sum(np.sqrt(u * (1 - u)) * np.diff(z))))
print("robust sd", float((np.quantile(z, 0.75) - np.quantile(z, 0.25)) / (stats.norm.ppf(0.75) * 2)), float(np.abs(np.array([1, 1, 1, 1, 1, 5]) - 1).mean() * np.sqrt(np.pi / 2)))
n, m = 100, 807
# new categories: one of four among 100 rows, where in 807 others another one has as many
print("new category", float(2 * 2 * Fraction(comb(n, 4), comb(n + m, 4))))
# five new ones, where none is seen once
print("new categories", float(Fraction(comb(n, 5), comb(n + m, 5))))
both, n, m = 7, 5, 60
print("least of Fisher", float(2 * min(Fraction(comb(both, 5) * comb(n + m - both, 0), comb(n + m, n)), Fraction(comb(n + m - both, n), comb(n + m, n)))))
