"""Fits the ratios of polynomials in `burn-models/src/layers/gelu.rs` and prints their coefficients and errors.

    python benches/fit_gelu.py

Weighted least squares at Chebyshev nodes, the weights moved to where the error is largest. Needs numpy.
"""

import math

import numpy as np

DEGREE = 5


def normal(x):
    return 0.5 * math.erf(x / math.sqrt(2))


def slope(x):
    return normal(x) + x * math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def fit(function, end, rounds=60):
    """Coefficients of P and Q in x P(x^2) / Q(x^2) and the largest error on [0, end]."""
    x = np.maximum((1 - np.cos(np.linspace(0, np.pi, 4001))) / 2, 1e-6) * end
    y = np.array([function(value) for value in x])
    powers = [(x / end) ** (2 * power) for power in range(DEGREE + 1)]
    columns = np.stack([x * power for power in powers] + [-y * power for power in powers[1:]], 1)
    weights, under, best = np.ones_like(x), np.ones_like(x), (np.inf, None)
    for turn in range(rounds):
        scale = np.sqrt(weights) / np.abs(under)
        found = np.linalg.lstsq(columns * scale[:, None], y * scale, rcond=None)[0]
        over = sum(found[power] * powers[power] for power in range(DEGREE + 1))
        under = 1 + sum(found[DEGREE + power] * powers[power] for power in range(1, DEGREE + 1))
        error = np.abs(x * over / under - y)
        best = min(best, (error.max(), found), key=lambda pair: pair[0])
        if turn > 5:
            weights *= error / error.max() + 1e-3
            weights /= weights.mean()
    error, found = best
    scale = [end ** (-2 * power) for power in range(DEGREE + 1)]
    over = [found[power] * scale[power] for power in range(DEGREE + 1)]
    return over, [1.0] + [found[DEGREE + power] * scale[power] for power in range(1, DEGREE + 1)], error


for name, function, end in [("NORMAL", normal, 5.5), ("SLOPE", slope, 5.6)]:
    over, under, error = fit(function, end)
    print(name, f"end {end}, largest error {error:.1e}")
    print("  over ", [f"{value:.7e}" for value in over])
    print("  under", [f"{value:.7e}" for value in under])
