"""The next item is made while the one before is worked on: one thread, one item ahead."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def one_ahead(items: Iterable[T]) -> Generator[T, None, None]:
    """Yield `items`, none of them None, each made by a thread while the one before is in use.

    What making an item raises is raised here, in its turn. Who stops early waits for the one item
    that is being made; no more are.
    """
    making = iter(items)
    with ThreadPoolExecutor(max_workers=1) as thread:
        coming = thread.submit(next, making, None)
        while (item := coming.result()) is not None:
            coming = thread.submit(next, making, None)
            yield item
