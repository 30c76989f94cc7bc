"""The steps that set the assistant up; each does nothing when what it makes is current."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from filelock import FileLock, Timeout
from rich.progress import Progress
from sqlalchemy.engine.url import make_url
from sqlalchemy.exc import ArgumentError

from rapport.console import console, done, progress_bar, warned
from rapport.engine_files import CONFIG, read_yaml
from rapport.errors import RapportError, SettingsError
from rapport.knowledge import running_server, update
from rapport.knowledge_local import knowledge_is_current
from rapport.ports import check_ports
from rapport.secret_files import make_secrets
from rapport.settings import Settings
from rapport.training import latest_model, train, why_train

LOCK = Path("var/setup.lock")


@dataclass(frozen=True)
class Step:
    """One thing that must be there before the assistant starts.

    Attributes:
        name: what is shown while it runs.
        run: makes it where it is missing or old, and says in a line how it stands.
    """

    name: str
    run: Callable[[Progress], str]


def set_up(settings: Settings, training: bool = True, check_free: bool = True, quiet: bool = False) -> None:
    """Makes everything that is missing or no longer current.

    Args:
        settings: all settings.
        training: whether a model that is not current is trained anew; a missing one always is.
        check_free: whether to look first if the ports are free, so that nobody waits for a set-up in vain.
        quiet: whether to print nothing.
    """
    server = settings.server
    if check_free:
        check_ports(server.host, {"rasa_port": server.rasa_port, "actions_port": server.actions_port})
    train_now = training or latest_model(server.models_folder) is None
    steps = [
        Step("Keys", lambda _: keys()),
        Step("Sentence encoder", lambda _: build_encoder(settings)),
        Step("Shop", lambda _: seed_shop(settings)),
        Step("Knowledge", lambda progress: index_knowledge(settings, progress)),
        Step(
            "Model",
            lambda progress: train_model(settings, progress) if train_now else "model: the newest one",
        ),
    ]
    with one_at_a_time(), progress_bar() as progress:
        for step in steps:
            task = progress.add_task(step.name, total=None)
            said = step.run(progress)
            progress.remove_task(task)
            if not quiet:
                done(said)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Waits for another set-up or training in this folder: they would tread on each other's files."""
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        console.print("  another set-up is running here: waiting for it …", style="dim")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def keys() -> str:
    """Keys for the chat's cookies and for the HTTP APIs."""
    made = make_secrets()
    return f"keys: made {', '.join(str(file) for file in made)}" if made else "keys: there"


def build_encoder(settings: Settings) -> str:
    """The sentence encoder's ONNX files: the fast one for Rasa, the exact one for knowledge."""
    from llm.encoder import PRECISIONS, encoder_is_built, load_encoder

    folder, models = settings.encoder.cache_dir, encoder_models(settings)
    missing = [
        (model, kind) for model in models for kind in PRECISIONS if not encoder_is_built(model, folder, kind)
    ]
    for model, kind in missing:
        load_encoder(model, folder, precision=kind)
    return f"sentence encoder: {'built ' if missing else ''}{', '.join(models)}"


def encoder_models(settings: Settings) -> list[str]:
    """The encoders of config.yml and of the knowledge; of joined ones each part."""
    from llm.encoder import JOIN

    of_config = [model for model, _ in encoders_of_config()]
    named = [settings.encoder.model, *settings.knowledge.languages.values(), *of_config]
    return list(dict.fromkeys(part.strip() for model in named for part in model.split(JOIN)))


def encoders_of_config() -> list[tuple[str, Path]]:
    """Model and cache folder of the encoder's component in config.yml, where there is one."""
    from llm.encoder import DEFAULT_MODEL

    pipeline = read_yaml(CONFIG).get("pipeline") or []
    found = [one for one in pipeline if one.get("name") == "components.encoder.SentenceEncoder"]
    return [
        (str(one.get("model") or DEFAULT_MODEL), Path(str(one.get("cache_dir") or "var/encoder")))
        for one in found
    ]


def seed_shop(settings: Settings, fresh: bool = False) -> str:
    """The shop's database; an existing one is left alone, for it holds tickets and returns.

    Args:
        settings: where it is, and what it is filled with.
        fresh: throw an existing one away first.
    """
    from actions.shop.database import sqlite_path
    from actions.shop.seed.build import create_and_seed

    url = settings.shop.database_url
    try:
        path = sqlite_path(url)
    except (ValueError, ArgumentError) as error:
        raise SettingsError(f"shop.database_url cannot be used: {error}.") from error
    if fresh:
        _delete(path, settings)
    made = create_and_seed(url, settings.shop.today or date.today(), settings.shop.seed)
    return f"shop: {'filled ' if made else ''}{path or make_url(url).render_as_string(hide_password=True)}"


def _delete(path: Path | None, settings: Settings) -> None:
    if path is None:
        raise RapportError(
            "A database on a server is not thrown away from here: drop its tables there, then seed."
        )
    assistant = running_server(settings)
    if assistant:
        raise RapportError(
            "The action server is using the shop's database: stop the assistant (Ctrl-C) first."
        )
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def index_knowledge(settings: Settings, progress: Progress) -> str:
    """The knowledge index and the help pages."""
    if knowledge_is_current(settings):
        return f"knowledge: {settings.knowledge.folder}/"
    report = update(settings, progress)
    changes = len(report.added) + len(report.changed) + len(report.removed)
    return f"knowledge: {changes} documents new, changed or gone; {report.chunks} passages"


def train_model(settings: Settings, progress: Progress, force: bool = False) -> str:
    """The Rasa model."""
    folder = settings.server.models_folder
    reason = "training was asked for" if force else why_train(folder)
    if reason is None:
        return f"model: {latest_model(folder)}"
    task = progress.add_task("Training", total=None)

    def show(number: int, total: int, name: str) -> None:
        progress.update(task, completed=number, total=total, description=f"Training {name}")

    try:
        model = train(folder, show, force, warned)
    finally:
        progress.remove_task(task)
    return f"model: trained {model} ({reason})"
