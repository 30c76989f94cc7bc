"""Trains the Rasa model: only when what it is made of changed, and never in place of a good one."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

from learning.files import beside
from rapport.engine_files import CONFIG, read_yaml
from rapport.environment import child_environment
from rapport.errors import TrainingError
from rapport.example_checks import example_mistakes
from rapport.fingerprint import changed_parts, fingerprint, read_parts, write_parts
from rapport.rasa_output import essence, trained_component, warnings, with_place
from rapport.yaml_errors import broken_files, yaml_files

DOMAIN = Path("domain")
DATA = Path("data")
COMPONENTS = Path("components")
STAGING = Path("var/training")
LOG = Path("var/log/train.log")
KEPT_MODELS = 5
# So many mistakes in examples are shown: one copied block must not hide all else.
SHOWN_MISTAKES = 20
SHOWN_PARTS = {
    "config": "config.yml",
    "domain": "domain/",
    "data": "data/",
    "components": "components/",
    "rasa": "Rasa's version",
}

# Called with the components done, the components to do, and the name of the current one.
Progress = Callable[[int, int, str], None]


def model_parts() -> dict[str, str]:
    """Fingerprints of all that a model is made of."""
    return {
        "config": fingerprint([CONFIG]),
        "domain": fingerprint([DOMAIN]),
        "data": fingerprint([DATA], "*.y*ml"),
        "components": fingerprint([COMPONENTS], "*.py"),
        "rasa": version("rasa"),
    }


def latest_model(folder: Path) -> Path | None:
    """The model that Rasa would load: the newest one."""
    models = sorted(folder.glob("*.tar.gz"), key=lambda file: file.stat().st_mtime)
    return models[-1] if models else None


def parts_file(model: Path) -> Path:
    """Where a model's fingerprints are saved: beside it."""
    return model.with_name(model.name.removesuffix(".tar.gz") + ".fingerprint.json")


def why_train(folder: Path) -> str | None:
    """Why a new model is needed, in words; none if the newest is current."""
    model = latest_model(folder)
    if model is None:
        return "there is no model yet"
    changed = changed_parts(model_parts(), read_parts(parts_file(model)))
    return ", ".join(SHOWN_PARTS[part] for part in changed) + " changed" if changed else None


def check_files() -> None:
    """Finds broken YAML in a moment, before Rasa is started.

    Raises:
        TrainingError: with file, line and what is wrong.
    """
    missing = [str(path) for path in (CONFIG, DOMAIN, DATA) if not path.exists()]
    if missing:
        raise TrainingError(f"{' and '.join(missing)} cannot be found: run this in the project's folder.")
    problems = broken_files([CONFIG, DOMAIN, DATA])
    if problems:
        raise TrainingError("\n".join(problems))


def train(folder: Path, progress: Progress, force: bool = False, warn: Callable[[str], None] = print) -> Path:
    """Trains a model with `rasa train` and puts it into a folder.

    Args:
        folder: where models are kept; the older ones stay, up to five.
        progress: told after each component.
        force: whether to train everything anew, without Rasa's cache.
        warn: told what looks wrong, but did not stop the training.

    Returns:
        The new model.

    Raises:
        TrainingError: why it failed; no model was replaced.
    """
    check_files()
    for sentence in _shown([mistake.text for mistake in example_mistakes([DATA])]):
        warn(sentence)
    parts, previous = model_parts(), latest_model(folder)
    # Rasa's cache knows a component's own class, but not the modules that it uses.
    saved = read_parts(parts_file(previous)) if previous else {}
    force = force or parts["components"] != saved.get("components")
    name = time.strftime("%Y%m%d-%H%M%S")
    shutil.rmtree(STAGING, ignore_errors=True)
    command = ["train", "--domain", str(DOMAIN), "--data", str(DATA), "--config", str(CONFIG)]
    command += ["--out", str(STAGING), "--fixed-model-name", name, *(["--force"] if force else [])]
    for sentence in run_rasa(command, progress):
        warn(sentence)
    trained = STAGING / f"{name}.tar.gz"
    if not trained.exists():
        raise TrainingError(f"Rasa made no model, without saying why: {LOG} holds all it said.")
    return _keep(trained, folder, parts)


def validate(progress: Progress, warn: Callable[[str], None] = print) -> None:
    """Checks the designer's files without training.

    Args:
        progress: told after each part.
        warn: told what is untidy, but does no harm.

    Raises:
        TrainingError: what is wrong with them.
    """
    check_files()
    mistakes = example_mistakes([DATA])
    for sentence in _shown([mistake.text for mistake in mistakes if not mistake.harmful]):
        warn(sentence)
    command = ["data", "validate", "--domain", str(DOMAIN), "--data", str(DATA), "--config", str(CONFIG)]
    # Rasa only warns of names that do not exist, and ends as if all were well.
    said = run_rasa(command, progress)
    harmful = _shown([mistake.text for mistake in mistakes if mistake.harmful])
    if harmful or said:
        more = [f"(All that Rasa said: {LOG}.)"] if said else []
        raise TrainingError("\n".join([*harmful, *said, *more]))


def _shown(mistakes: list[str]) -> list[str]:
    more = len(mistakes) - SHOWN_MISTAKES
    rest = [f"… and {more} more mistakes in the examples: correct these first."] if more > 0 else []
    return mistakes[:SHOWN_MISTAKES] + rest


def _keep(trained: Path, folder: Path, parts: dict[str, str]) -> Path:
    """Moves a trained model into place; the fingerprints first, so that a model never lacks them."""
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / trained.name
    write_parts(parts_file(model), parts)
    with beside(model) as partial:  # the staging folder may be on another file system
        shutil.move(str(trained), partial)
    models = sorted(folder.glob("*.tar.gz"), key=lambda file: file.stat().st_mtime)
    for old in models[:-KEPT_MODELS]:
        old.unlink()
        parts_file(old).unlink(missing_ok=True)
    return model


def run_rasa(
    arguments: list[str], progress: Progress, environment: Mapping[str, str] | None = None
) -> list[str]:
    """Runs a command of Rasa's, following its output.

    Args:
        arguments: of `rasa`.
        progress: told after each part.
        environment: further variables for it.

    Returns:
        What it warned of, in sentences.

    Raises:
        TrainingError: it failed; the essence of what it said.
    """
    total = _component_count()
    LOG.parent.mkdir(parents=True, exist_ok=True)
    output: list[str] = []
    seen: list[str] = []
    process = subprocess.Popen(
        [sys.executable, "-m", "rasa", *arguments],
        env=child_environment(PYTHONWARNINGS="ignore,default::UserWarning", **(environment or {})),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    try:
        for line in process.stdout or []:
            output.append(line)
            name = trained_component(line)
            if name:
                seen.append(name)
                progress(min(len(seen) - 1, total), total, name)
        code = process.wait()
    finally:
        if process.poll() is None:  # interrupted: no training goes on unseen
            process.terminate()
            process.wait()
        LOG.write_text("".join(output), encoding="utf-8")
    said, files = "".join(output), yaml_files([CONFIG, DATA, DOMAIN])
    if code != 0:
        sentences = [with_place(sentence, files) for sentence in essence(said, Path.cwd())]
        raise TrainingError("\n".join([*sentences, f"(All that Rasa said: {LOG}.)"]))
    return [with_place(sentence, files) for sentence in warnings(said, Path.cwd())]


def _component_count() -> int:
    config = read_yaml(CONFIG)
    return len(config.get("pipeline") or []) + len(config.get("policies") or [])
