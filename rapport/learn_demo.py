"""`rapport learn demo`: runs the demonstration in a folder and a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from rapport.environment import child_environment
from rapport.errors import RapportError
from rapport.settings import Settings
from rapport.steps import build_encoder


def run(settings: Settings) -> None:
    """Makes the folder and runs there; variables that lead out of it are left behind.

    Raises:
        RapportError: the demonstration failed; it has said why.
    """
    from bench.week.project import environment, make_project

    build_encoder(settings)
    project = make_project(Path.cwd(), settings.server.models_folder)
    inherited = environment(project)
    variables = child_environment(**inherited)
    dropped = [name for name in variables if name.startswith("RAPPORT_") and name not in inherited]
    for name in dropped:
        del variables[name]
    ended = subprocess.run([sys.executable, "-m", "bench.week"], cwd=project, env=variables)
    if ended.returncode:
        raise RapportError(f"The demonstration ended early: {project}/var/log/ has more.")
