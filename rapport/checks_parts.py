"""The doctor's checks of what the assistant is made of: files, encoder, model, knowledge, database, ports."""

from __future__ import annotations

import shutil
from pathlib import Path

from rapport.client import Assistant
from rapport.errors import RapportError
from rapport.finding import Finding, bad, good, warning
from rapport.knowledge import running_server
from rapport.knowledge_local import knowledge_is_current
from rapport.ports import is_free, owner
from rapport.secret_files import API_KEY, read_secret
from rapport.settings import Settings
from rapport.steps import encoder_models, encoders_of_config
from rapport.training import check_files, latest_model, why_train

LEAST_FREE_GB = 1.0


def designer_files(_: Settings) -> Finding:
    """config.yml, domain/ and data/ can be read."""
    try:
        check_files()
    except RapportError as error:
        first, *more = str(error).split("\n")
        return bad(
            "designer's files",
            first,
            f"correct it ({len(more)} more like it)" if more else "correct the line",
        )
    return good("designer's files", "config.yml, domain/ and data/ are valid YAML")


def encoder(settings: Settings) -> Finding:
    """The files of the encoders are there, for intents and for knowledge."""
    from llm.encoder import encoder_is_built
    from llm.errors import LlmError

    name, folder = "sentence encoder", settings.encoder.cache_dir
    try:
        models = encoder_models(settings)
        missing = [model for model in models if not encoder_is_built(model, folder)]
        elsewhere = [theirs for _, theirs in encoders_of_config() if theirs != folder]
    except (LlmError, RapportError) as error:
        return bad(name, str(error), "correct encoder.model in rapport.yml, or config.yml")
    if elsewhere:
        fix = "give both the same cache_dir, then `rapport train`"
        return bad(name, f"config.yml keeps its encoder in {elsewhere[0]}, rapport.yml in {folder}", fix)
    if missing:
        return bad(name, f"the ONNX file of {', '.join(missing)} is missing", "`rapport up`")
    return good(name, f"{' and '.join(models)} {'is' if len(models) == 1 else 'are'} built")


def model(settings: Settings) -> Finding:
    """There is a model, and it is that of the files."""
    newest = latest_model(settings.server.models_folder)
    if newest is None:
        return bad("model", f"there is none in {settings.server.models_folder}/", "`rapport train`")
    reason = why_train(settings.server.models_folder)
    if reason:
        return warning("model", f"{newest.name} is not current: {reason}", "`rapport train`")
    return good("model", f"{newest.name} is current")


def knowledge(settings: Settings) -> Finding:
    """There are documents, and the index is that of them."""
    name, folder = "knowledge", settings.knowledge.folder
    if not folder.is_file() and not any(folder.rglob("*.*")):
        return bad(
            name, f"the folder {folder}/ is missing or empty", "restore it, or correct knowledge.folder"
        )
    if not settings.knowledge.chroma_url and not settings.knowledge.chroma_folder.is_dir():
        return bad(name, "it was never indexed", "`rapport index`")
    if not knowledge_is_current(settings):
        return warning(name, "documents changed since it was indexed", "`rapport index`")
    return good(name, "the index and the help pages are current")


def database(settings: Settings) -> Finding:
    """The shop's database can be read and written."""
    import sqlalchemy

    from actions.crm.backend import CrmUnavailable
    from actions.crm.embedded import EmbeddedCrm
    from actions.shop.database import make_engine, transaction

    name = "shop's database"
    try:
        engine = make_engine(settings.shop.database_url, busy_timeout_seconds=1)
        EmbeddedCrm(engine).ping()
        with transaction(engine, CrmUnavailable, write=True):
            pass
    except (CrmUnavailable, sqlalchemy.exc.SQLAlchemyError, ValueError) as error:
        text = str(error).splitlines()[0]
        fix = (
            "end the program that holds it"
            if "is locked" in text
            else "`rapport seed`, or correct shop.database_url"
        )
        return bad(name, text, fix)
    return good(name, f"{engine.url.render_as_string(hide_password=True)} answers and can be written")


def disk(_: Settings) -> Finding:
    """There is room for models, logs and conversations."""
    free_gb = shutil.disk_usage(Path.cwd()).free / 1e9
    if free_gb < LEAST_FREE_GB:
        return bad("disk", f"{free_gb:.1f} GB free", "make room: SQLite and training fail on a full disk")
    return good("disk", f"{free_gb:.0f} GB free")


def ports(settings: Settings) -> Finding:
    """The ports are free, or our own servers have them."""
    name, server = "ports", settings.server
    taken = [port for port in (server.rasa_port, server.actions_port) if not is_free(server.host, port)]
    if not taken:
        return good(
            name, f"{server.rasa_port} and {server.actions_port} are free (the assistant is not running)"
        )
    ready = []
    if API_KEY.exists():
        assistant = Assistant(settings, read_secret(API_KEY))
        ready = [server.rasa_port] * assistant.rasa_is_ready()
        ready += [server.actions_port] * (running_server(settings) is not None)
    foreign = [port for port in taken if port not in ready]
    if foreign:
        who = "; ".join(f"{port} is in use by {owner(port)}" for port in foreign)
        return bad(name, who, "stop it, or change server.rasa_port or server.actions_port")
    if len(ready) < 2:
        return warning(name, f"only the server on {ready[0]} is running", "stop it and run `rapport up`")
    return good(name, "both servers are running and answer")
