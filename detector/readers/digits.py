"""Decimal digits as numbers, many at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
# Every number of so many digits fits an unsigned integer of 64 bits.
MOST_DIGITS = 19


def number_of(digits: Bytes) -> npt.NDArray[np.unsignedinteger[Any]]:
    """Return digits (m, n), each 0 to 9 and the highest first, as n numbers.

    Two make one below 100, two of those one below 10 000, so that most of the work is done on
    narrow integers. At most `MOST_DIGITS`.

    >>> number_of(np.array([[1, 0], [2, 7]], dtype=np.uint8)).tolist()
    [12, 7]
    """
    lacking = -digits.shape[0] % 4
    if lacking:
        zeros = np.zeros((lacking, digits.shape[1]), dtype=np.uint8)
        digits = np.concatenate([zeros, digits])
    pairs = digits[0::2] * np.uint8(10) + digits[1::2]
    fours = pairs[0::2] * np.uint16(100) + pairs[1::2]
    if len(fours) == 1:
        return np.asarray(fours[0])
    number: npt.NDArray[np.unsignedinteger[Any]] = fours[0] * np.uint32(10_000) + fours[1]
    for four in fours[2:]:
        number = number * np.uint64(10_000) + four
    return number
