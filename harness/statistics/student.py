"""Student's t and normal distribution as scalars.

They come from `scipy.special`: importing `scipy.stats` takes as long as the rest of `bench leaderboard`, and its
distributions are 40 times slower a call, which the simulated calibration cannot afford.
"""


def t_quantile(df: float, probability: float) -> float:
    """Return the quantile of Student's t with `df` degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(df, probability))


def t_upper_tail(statistic: float, df: float) -> float:
    """Return P(T > statistic), accurate far out in the tail."""
    from scipy.special import stdtr

    return float(stdtr(df, -statistic))


def normal_quantile(probability: float) -> float:
    """Return the quantile of the standard normal distribution."""
    from scipy.special import ndtri

    return float(ndtri(probability))


def check_probability(name: str, value: float) -> float:
    """Return `value` if it lies strictly between 0 and 1.

    Raises:
        ValueError: it does not.
    """
    if not 0.0 < value < 1.0:
        raise ValueError(f"{name} must lie strictly between 0 and 1, got {value!r}")
    return value
