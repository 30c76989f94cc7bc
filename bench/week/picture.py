"""The demonstration's picture: the held-out customers before and after."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

SHOWN = {
    "understood": "understood right",
    "answered": "answered right",
    "fell_back": "assistant did not know",
}
KINDS = {"new": "wants that the shop lacked", "ordinary": "ordinary wants"}
Kinds = Mapping[str, Mapping[str, float]]


def draw(before: Kinds, after: Kinds, file: Path) -> None:
    """Draws pairs of bars: each figure before and after, for new and ordinary wants.

    Args:
        before, after: figures (shares, 0–1) by kind of want.
        file: where to write the PNG; its folder is made.
    """
    import matplotlib

    matplotlib.use("Agg")  # no window, no display
    from matplotlib import pyplot

    figure, places = pyplot.subplots(1, len(KINDS), figsize=(8.4, 3.6), sharey=True, layout="constrained")
    for axes, (kind, title) in zip(places, KINDS.items()):
        for shift, figures, colour, label in (
            (-0.2, before[kind], "#b9d2de", "before"),
            (0.2, after[kind], "#2f6b4f", "after the week"),
        ):
            heights = [100 * figures[name] for name in SHOWN]
            bars = axes.bar(
                [place + shift for place in range(len(SHOWN))], heights, 0.38, color=colour, label=label
            )
            axes.bar_label(bars, fmt="%.0f", fontsize=8, padding=1)
        axes.set_xticks(
            range(len(SHOWN)), [name.replace(" ", "\n", 1) for name in SHOWN.values()], fontsize=8
        )
        axes.set_title(f"{title} ({before[kind]['customers']:.0f} customers)", loc="left", fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_ylim(0, 108)
    places[0].set_ylabel("% of held-out customers")
    places[-1].legend(frameon=False, fontsize=8, loc="upper right")
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=130)
    pyplot.close(figure)
