"""The demonstration's own project folder: copies of the shop's files, its own databases and models."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from rapport.training import latest_model, parts_file, why_train

FOLDER = Path("var/learn-demo")
COPIED = ("domain", "data", "knowledge", "prompts", "tests")
FILES = ("config.yml", "endpoints.yml", "credentials.yml", "rapport.yml", "Procfile")
ROOMS = ("actions", "bench", "channels", "components", "learning", "llm", "rapport")
INDEX = ("chroma", "chroma-de", "chroma.fingerprint.json", "help", "knowledge.db")
# Where this project writes; its files may name servers, which are somebody's.
OWN: dict[str, dict[str, Any]] = {
    "shop": {"database_url": "sqlite:///var/shop.db"},
    "knowledge": {"folder": "knowledge", "chroma_folder": "var/chroma", "chroma_url": None,
                  "help_folder": "var/help", "versions_file": "var/knowledge.db"},
    "learning": {"database_url": "sqlite:///var/learning.db"},
    "server": {"models_folder": "models"},
    # Some of the suite's conversations lie at a band's edge on purpose: a new intent moves them a little.
    "gate": {"folder": "var/candidates", "stories": 4},
    "rollout": {"after_gate": "promote"},
}  # fmt: skip


def make_project(root: Path, models: Path, folder: Path = FOLDER) -> Path:
    """Makes the folder anew; what was there is thrown away.

    Args:
        root: the project that is copied; nothing in it is changed.
        models: its models; the newest is taken along if it is current.
        folder: where, from `root` on.
    """
    project = root / folder
    shutil.rmtree(project, ignore_errors=True)
    (project / "var").mkdir(parents=True)
    (project / "models").mkdir()
    for name in COPIED:
        if (root / name).is_dir():
            shutil.copytree(root / name, project / name)
    for name in FILES:
        if (root / name).is_file():
            shutil.copy2(root / name, project / name)
    for name in ROOMS:
        (project / name).symlink_to((root / name).resolve())
    _take_along(root, models, project)
    _own_settings(project)
    return project


def _take_along(root: Path, models: Path, project: Path) -> None:
    """What takes minutes to make: encoder, index and model, as far as they are there."""
    (root / "var/encoder").mkdir(parents=True, exist_ok=True)
    (project / "var/encoder").symlink_to((root / "var/encoder").resolve())
    for name in INDEX:
        source = root / "var" / name
        if source.is_dir():
            shutil.copytree(source, project / "var" / name, ignore=shutil.ignore_patterns("owner.*"))
        elif source.is_file():
            shutil.copy2(source, project / "var" / name)
    model = latest_model(models)
    if model is not None and why_train(models) is None:
        for file in (model, parts_file(model)):
            shutil.copy2(file, project / "models")


def _own_settings(project: Path) -> None:
    yaml = YAML(typ="rt")
    settings = yaml.load((project / "rapport.yml").read_text(encoding="utf-8")) or {}
    for section, values in OWN.items():
        settings.setdefault(section, {}).update(values)
    with (project / "rapport.yml").open("w", encoding="utf-8") as file:
        yaml.dump(settings, file)
    endpoints = yaml.load((project / "endpoints.yml").read_text(encoding="utf-8"))
    store = endpoints.setdefault("tracker_store", {})
    for name in ("host", "url", "port", "username", "password"):
        store.pop(name, None)
    store.update({"dialect": "sqlite", "db": "var/tracker.db"})
    endpoints.pop("event_broker", None)
    with (project / "endpoints.yml").open("w", encoding="utf-8") as file:
        yaml.dump(endpoints, file)


def environment(project: Path) -> dict[str, str]:
    """For a process in that folder: none of the variables that would lead out of it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAPPORT_")}
    return {**kept, "RAPPORT_HOME": str(project)}
