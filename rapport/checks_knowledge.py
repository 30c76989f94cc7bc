"""The doctor's check of where the knowledge index is kept: a Chroma directory, or a Chroma server."""

from __future__ import annotations

from pathlib import Path

from rapport.finding import Finding, bad, good, warning
from rapport.knowledge import running_server
from rapport.knowledge_local import places
from rapport.settings import Settings


def knowledge_index(settings: Settings) -> Finding:
    """The Chroma server answers, or the files of the directory are sound."""
    from llm.errors import IndexUnreachableError
    from llm.knowledge.chroma import ChromaServer, reach

    name, kept = "knowledge index", places(settings)
    own = kept[""]
    if isinstance(own, ChromaServer):
        try:
            reach(own)
        except IndexUnreachableError as error:
            what, _, fix = str(error).partition(". ")
            return bad(name, what, fix)
        return good(name, f"{own} answers")
    if running_server(settings):
        return _of_server(settings)
    return _of_files([place for place in kept.values() if isinstance(place, Path)])


def _of_server(settings: Settings) -> Finding:
    """The action server owns the files: it says whether it has knowledge."""
    server = running_server(settings)
    state = server.health().get("knowledge") if server else "missing"
    if state == "ok":
        return good("knowledge index", "the action server answers from it")
    return warning("knowledge index", "the action server goes on without it", "`rapport index --rebuild`")


def _of_files(folders: list[Path]) -> Finding:
    from llm.knowledge.soundness import is_sealed, why_unsound

    for folder in folders:
        reason = "" if not folder.is_dir() or is_sealed(folder) else why_unsound(folder)
        if reason:
            return bad("knowledge index", f"{folder} is damaged: {reason}", "`rapport index --rebuild`")
    return good("knowledge index", f"the files in {', '.join(map(str, folders))} are sound")
