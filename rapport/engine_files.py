"""What we must know of Rasa's own setting files: endpoints.yml and credentials.yml."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML

from rapport.errors import RapportError
from rapport.settings import Settings
from rapport.voice_settings import has_voice
from rapport.yaml_errors import broken_files

CONFIG = Path("config.yml")
ENDPOINTS = Path("endpoints.yml")
CREDENTIALS = Path("credentials.yml")
OUR_ENDPOINTS = Path("var/endpoints.yml")
OUR_NLG = "components.nlg.FreshNaturalLanguageGenerator"
BUILT_IN_STORES = ("sql", "mongod", "redis", "dynamo", "in_memory", "auth_retry")


def read_yaml(file: Path) -> dict[str, Any]:
    """A YAML file as a mapping.

    Raises:
        RapportError: missing, broken, or no mapping.
    """
    problems = broken_files([file]) if file.exists() else []
    if problems:
        raise RapportError(problems[0])
    try:
        # Not with ruamel: once Rasa is imported, that puts variables' values in, and refuses missing ones.
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise RapportError(
            f"{file} cannot be read ({error.strerror}): restore it from the repository."
        ) from error
    if not isinstance(content, dict):
        raise RapportError(f"{file} holds no settings: restore it from the repository.")
    return content


def endpoints_for(settings: Settings) -> Path:
    """The endpoints file for Rasa: ours where endpoints.yml lacks what rapport.yml says.

    That is another address of the action server, so that a port is changed in one place, and the voice.
    """
    content = read_yaml(ENDPOINTS)
    url = f"http://{settings.server.host}:{settings.server.actions_port}/webhook"
    actions = content.setdefault("action_endpoint", {})
    nlg = nlg_for(settings, content)
    if actions.get("url") == url and nlg == (content.get("nlg") or None):
        return ENDPOINTS
    actions["url"] = url
    if nlg:
        content["nlg"] = nlg
    OUR_ENDPOINTS.parent.mkdir(parents=True, exist_ok=True)
    with OUR_ENDPOINTS.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(content, file)
    return OUR_ENDPOINTS


def nlg_for(settings: Settings, endpoints: dict[str, Any]) -> dict[str, Any] | None:
    """The response chooser as Rasa makes it: that of endpoints.yml, ours with the voice if there is one.

    Args:
        settings: with the style.
        endpoints: content of endpoints.yml.
    """
    nlg = endpoints.get("nlg") or None
    if not nlg or nlg.get("type") != OUR_NLG or not has_voice(settings.style):
        return nlg
    return {**nlg, "voice": settings.style.model_dump(mode="json")}


def check_tracker_store(endpoints: Path = ENDPOINTS) -> None:
    """Makes sure that Rasa will use the tracker store that is configured.

    Rasa keeps conversations in memory, and loses them, when the class of a custom store cannot be imported.

    Raises:
        RapportError: naming the class and why it cannot be imported.
    """
    kind = str((read_yaml(endpoints).get("tracker_store") or {}).get("type", "in_memory"))
    if kind.lower() in BUILT_IN_STORES:
        return
    module, _, name = kind.rpartition(".")
    try:
        getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise RapportError(
            f"The tracker store {kind!r} of {endpoints} cannot be imported ({error}); Rasa would keep "
            "conversations in memory only: correct `tracker_store: type`."
        ) from error
