"""Many texts on all cores: ONNX Runtime on one thread a text leaves the others free."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

# From this many on (training, an index) the cores share them; a message and its parts are fewer.
MANY = 64

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_on_cores(work: Callable[[Item], Result], items: Sequence[Item], texts: int) -> list[Result]:
    """What `work` makes of each item, in order; on all cores at once where they hold many texts."""
    if texts < MANY:
        return [work(item) for item in items]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, items))
