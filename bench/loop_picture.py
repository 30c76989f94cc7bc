"""The picture of `rapport bench loop`: accuracy and fallback by week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path


def draw(file: Path, ways: Mapping[str, Sequence[float]], fallback: Sequence[float], full: float) -> None:
    """Writes a PNG; one that was there is replaced once the new one is whole.

    Args:
        file: where it goes.
        ways: accuracy by week of each way to spend the reviews.
        fallback: share by week of messages that the loop's head is too unsure of.
        full: accuracy with all labels.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    left.axhline(full, color="grey", linestyle="--", label="all labels")
    for name, values in ways.items():
        left.plot(range(len(values)), values, marker="o", label=name)
    left.set(title="accuracy on the test messages", xlabel="week")
    left.legend(loc="lower right")
    right.plot(range(len(fallback)), fallback, marker="o", color="firebrick")
    right.set(title="share that falls back", xlabel="week", ylim=(0, None))
    for axes in (left, right):
        axes.set_xticks(range(len(fallback)))
        axes.spines[["top", "right"]].set_visible(False)
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    figure.savefig(part, format="png", dpi=120)
    part.replace(file)
