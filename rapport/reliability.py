"""How far a model's confidence can be believed: printed after a training, and drawn."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rapport.console import console, warned
from rapport.model_report import ModelReport, ReportError, read_report

PICTURE = Path("var/reports/reliability.png")
BAR_CELLS = 30
# A share of fewer messages is drawn pale: it says little.
FEW = 10


def show_training(model: Path, picture: Path = PICTURE) -> None:
    """Prints what a training found about its model, and draws it; a model without a report is no failure.

    Args:
        model: the trained model's archive.
        picture: where the picture is written.
    """
    try:
        report = read_report(model)
    except ReportError as error:
        warned(f"No figures of this training: {error}")
        return
    if not report.bins:
        warned("Nothing could be held out, so nothing is known about the confidence: write more examples.")
        return
    for line in summary(report):
        console.print(f"  {line}", soft_wrap=True)
    console.print(Padding(table(report), (0, 0, 0, 2)))
    draw(report, picture)
    console.print(f"  picture: {picture}", style="dim", soft_wrap=True)


def summary(report: ModelReport) -> list[str]:
    """Accuracy, calibration error and unknown questions, a line each."""
    held_out = sum(row["known"] for row in report.rows)
    lines = [
        f"held out: {held_out} of {report.examples} examples of {len(report.names)} intents",
        f"accuracy {report.accuracy:.1%}, calibration error (ECE) {report.ece:.3f}",
    ]
    if held_out < len(report.rows):
        lines.append(
            f"unknown questions: AUROC {report.unknown_auroc:.3f}, {report.unknown_caught:.0%} caught with "
            f"{report.given_up:.1%} of the right answers given up"
        )
    return lines


def table(report: ModelReport) -> Table:
    """The reliability table: a bar is the share that was right, the mark on it the confidence."""
    drawn = Table(box=None, padding=(0, 2, 0, 0))
    drawn.add_column("messages", justify="right")
    drawn.add_column("confidence", justify="right")
    drawn.add_column("right", justify="right")
    drawn.add_column("▇ right   │ confidence", no_wrap=True)
    for row in report.bins:
        drawn.add_row(
            f"{row['count']:.0f}",
            f"{row['confidence']:.2f}",
            f"{row['accuracy']:.2f}",
            bar(row["accuracy"], row["confidence"]),
        )
    return drawn


def bar(accuracy: float, confidence: float) -> Text:
    """A bar of the accuracy (0–1) with a mark at the confidence (0–1); yellow where too much was promised."""
    full, mark = round(accuracy * BAR_CELLS), min(BAR_CELLS - 1, round(confidence * BAR_CELLS))
    cells = ["▇" if place < full else " " for place in range(BAR_CELLS)]
    cells[mark] = "│"
    text = Text("".join(cells), style="yellow" if confidence - accuracy > 0.1 else "green")
    text.stylize("bold white", mark, mark + 1)
    return text


def draw(report: ModelReport, file: Path) -> None:
    """Draws the reliability diagram with the number of messages below it.

    Args:
        report: the figures of a training.
        file: where to write the PNG; its folder is made.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # matplotlib uses calls that a library of its own gives up
        import matplotlib

        matplotlib.use("Agg")  # no window, no display
        from matplotlib import pyplot

        figure = _figure(report, pyplot)
        file.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(file, dpi=130)
        pyplot.close(figure)


def _figure(report: ModelReport, pyplot: Any) -> Any:
    confidence = [row["confidence"] for row in report.bins]
    accuracy = [row["accuracy"] for row in report.bins]
    counts = [row["count"] for row in report.bins]
    width = 1 / 15 * 0.9  # calibration.BINS, with a gap
    figure, (upper, lower) = pyplot.subplots(
        2, 1, figsize=(6, 6.6), sharex=True, height_ratios=(3, 1), layout="constrained"
    )
    upper.plot([0, 1], [0, 1], color="0.55", linestyle="--", linewidth=1, label="as promised")
    colours = ["#3b7ea1" if count >= FEW else "#b9d2de" for count in counts]
    upper.bar(confidence, accuracy, width, color=colours)
    upper.plot([], [], "s", color="#3b7ea1", label="share that was right")
    upper.plot([], [], "s", color="#b9d2de", label=f"… of fewer than {FEW}")
    upper.plot(confidence, accuracy, "o", color="#1d3f52", markersize=4)
    upper.set(ylabel="share that was right", xlim=(0, 1), ylim=(0, 1.02))
    upper.legend(loc="lower right", bbox_to_anchor=(1.02, 1), frameon=False, fontsize=8)
    upper.set_title(
        f"Confidence of {sum(counts):.0f} held-out messages\n"
        f"accuracy {report.accuracy:.1%}, calibration error {report.ece:.3f}",
        loc="left",
        fontsize=11,
    )
    lower.bar(confidence, counts, width, color="0.6")
    lower.bar_label(lower.containers[0], fmt="%d", fontsize=7, padding=1)
    lower.margins(y=0.2)
    lower.set(xlabel="confidence", ylabel="messages")
    for axes in (upper, lower):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", color="0.9", linewidth=0.6)
        axes.set_axisbelow(True)
    return figure
