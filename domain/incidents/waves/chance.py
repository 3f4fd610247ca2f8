"""How likely a count is by chance."""

from __future__ import annotations

from math import exp, lgamma, log, log1p

_ENOUGH = 1e-6  # of the sum: smaller terms change nothing


def comes_by_chance(count: int, mean: float, dispersion: float, chance: float) -> bool:
    """Return whether P(X >= count) >= chance, X negative binomial of variance mean + dispersion * mean^2.

        P(X = n) = G(n + r) / (G(r) n!) * (r / (r + mean))^r * (mean / (r + mean))^n,  r = 1 / dispersion

    At or below the mean it does: beyond it the terms fall from one to the next. They are added until the sum
    has reached `chance`: for the usual count that is the first one, of hundreds.
    """
    if count <= mean:
        return True
    r = 1.0 / dispersion
    ratio = mean / (r + mean)
    term = exp(lgamma(count + r) - lgamma(r) - lgamma(count + 1.0) - r * log1p(mean / r) + count * log(ratio))
    total, n = term, count
    while total < chance and term > total * _ENOUGH:
        term *= (n + r) / (n + 1.0) * ratio
        n += 1
        total += term
    return total >= chance
