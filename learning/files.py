"""Files and folders that take their place as a whole, or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """A place for a file or folder to be made in; it is moved to the target when the block ends.

    On the target's own file system, for only a rename there is all or nothing. Where the block fails, the
    target is what it was, and nothing is left beside it.

    Example:
        >>> with beside(Path("report.json")) as partial:
        ...     partial.write_text("{}")
    """
    partial = target.with_name(f".{target.name}.partial")
    try:
        yield partial
        partial.replace(target)
    finally:
        if partial.is_dir():
            shutil.rmtree(partial, ignore_errors=True)
        else:
            partial.unlink(missing_ok=True)
