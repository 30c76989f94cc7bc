"""Where vectors are kept: a Chroma directory that one process owns at a time, or a Chroma server."""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from filelock import FileLock, Timeout

from llm.errors import IndexDamagedError, IndexInUseError, IndexUnreachableError, KnowledgeError
from llm.knowledge.soundness import break_seal, is_sealed, seal, why_unsound

COLLECTIONS = ("chunks", "sentences", "terms")
_LOCK = "owner.lock"
_OWNER = "owner.pid"
# Chroma's own client waits for ever: a server that does not say this soon that it is there counts as gone.
_HEARTBEAT_SECONDS = 5.0
_REQUEST_SECONDS = 120.0


@dataclass(frozen=True)
class ChromaServer:
    """A Chroma server.

    Attributes:
        url: such as `http://127.0.0.1:8000`.
        name: what its collections begin with; two assistants on one server need two names.
        token: sent as `Authorization: Bearer …`, for a proxy that wants it; never shown.
    """

    url: str
    name: str = "rapport"
    token: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"the Chroma server at {self.url}"


Place = Path | ChromaServer


@dataclass(frozen=True)
class Opened:
    """An open place.

    Attributes:
        client: Chroma's.
        collections: by the names in `COLLECTIONS`.
        close: lets go of it; a second call does nothing.
    """

    client: Any
    collections: dict[str, Any]
    close: Callable[[], None]


def opened(place: Place, fingerprint: str) -> Opened:
    """Open a place; what was made with another fingerprint is thrown away.

    Raises:
        IndexInUseError: another process (or another store in this one) has the directory open.
        IndexDamagedError: Chroma cannot open the directory.
        IndexUnreachableError: the server does not answer, or refuses us.
    """
    return _server(place, fingerprint) if isinstance(place, ChromaServer) else _directory(place, fingerprint)


def wipe(place: Place) -> None:
    """Throw away what is kept in a place, damaged or not; it is built again from the articles.

    Raises:
        IndexInUseError: another process has the directory open.
        IndexUnreachableError: the server does not answer, or refuses us.
        KnowledgeError: a file cannot be deleted.
    """
    if isinstance(place, ChromaServer):
        client = _client(place)
        for name in COLLECTIONS:
            _delete(client, f"{place.name}-{name}")
        return
    if not place.is_dir():
        return
    lock = locked(place)
    try:
        for path in place.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name not in (_LOCK, _OWNER):
                path.unlink()
    except OSError as error:
        raise KnowledgeError(
            f"The knowledge index in {place} cannot be deleted ({error.strerror}): "
            "give this user the right to, or delete it by hand."
        ) from error
    finally:
        lock.release()


def locked(folder: Path) -> FileLock:
    """The lock of a directory: two processes on one silently lose vectors."""
    lock = FileLock(folder / _LOCK, thread_local=False)  # a server closes it on another thread
    owner = folder / _OWNER
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        pid = owner.read_text().strip() if owner.exists() else "unknown"
        raise IndexInUseError(
            f"The knowledge index in {folder} is in use by process {pid}. "
            "Stop that process (it is usually the action server), "
            "or ask it instead of opening the index a second time."
        ) from error
    owner.write_text(str(os.getpid()))
    return lock


def damaged(place: Path, error: BaseException | str) -> IndexDamagedError:
    """What to say of a directory that cannot be read."""
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    return IndexDamagedError(
        f"The knowledge index in {place} is damaged ({reason}). Run `rapport index --rebuild`: it is built "
        "again from the articles, and nothing else is lost."
    )


def unreachable(server: ChromaServer, error: BaseException | str) -> IndexUnreachableError:
    """What to say of a server that does not answer."""
    reason = (str(error).splitlines() or [""])[0] or type(error).__name__
    return IndexUnreachableError(
        f"The{str(server)[3:]} cannot be used ({reason}). Start it (`chroma run`), or correct "
        "knowledge.chroma_url; its token is the variable CHROMA_TOKEN."
    )


def _directory(folder: Path, fingerprint: str) -> Opened:
    import chromadb  # over a second: only who opens an index pays for it
    from chromadb.config import Settings

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KnowledgeError(
            f"The folder {folder} of the knowledge index cannot be made ({error.strerror}): "
            "correct knowledge.chroma_folder, or give this user the right to."
        ) from error
    lock = locked(folder)
    client: Any = None

    def close() -> None:
        if lock.is_locked:
            client.close()
            seal(folder)
            lock.release()

    try:
        reason = "" if is_sealed(folder) else why_unsound(folder)
        if reason:
            raise damaged(folder, reason)
        break_seal(folder)
        client = chromadb.PersistentClient(
            str(folder.absolute()), settings=Settings(anonymized_telemetry=False)
        )
        return Opened(client, _collections(client, "", fingerprint), close)
    except BaseException as error:  # Chroma's own errors have no common base; its panics are no Exceptions
        if client is not None:
            client.close()
        _forget(folder)
        lock.release()
        is_chromas = isinstance(error, Exception) or type(error).__name__ == "PanicException"
        if isinstance(error, KnowledgeError) or not is_chromas:
            raise
        raise damaged(folder, error) from error


def _forget(folder: Path) -> None:
    """Found in Chroma 1.5: a directory that could not be opened stays in its cache, broken, until the end."""
    from chromadb.api.shared_system_client import SharedSystemClient

    left = SharedSystemClient._identifier_to_system.pop(str(folder.absolute()), None)
    if left is not None:
        with suppress(Exception):  # it never started; whatever it says, it is let go of
            left.stop()


def _server(server: ChromaServer, fingerprint: str) -> Opened:
    client = _client(server)
    try:
        return Opened(client, _collections(client, f"{server.name}-", fingerprint), lambda: None)
    except Exception as error:
        raise unreachable(server, error) from error


def reach(server: ChromaServer) -> None:
    """Look whether a server answers.

    Raises:
        IndexUnreachableError: it does not, or refuses us.
    """
    heartbeat = f"{server.url.rstrip('/')}/api/v2/heartbeat"
    try:
        answer = httpx.get(heartbeat, headers=_headers(server), timeout=_HEARTBEAT_SECONDS, trust_env=False)
    except httpx.HTTPError as error:
        raise unreachable(server, error) from error
    if answer.status_code != httpx.codes.OK:
        raise unreachable(server, f"it answered {answer.status_code}")


def _client(server: ChromaServer) -> Any:
    import chromadb
    from chromadb.config import Settings

    reach(server)
    parts = urlsplit(server.url)
    safe = parts.scheme == "https"
    try:
        client = chromadb.HttpClient(
            parts.hostname or "",
            parts.port or (443 if safe else 80),
            ssl=safe,
            headers=_headers(server),
            settings=Settings(anonymized_telemetry=False),
        )
    except Exception as error:
        raise unreachable(server, error) from error
    session = getattr(getattr(client, "_server", None), "_session", None)
    if session is not None:  # it waits for ever by itself
        session.timeout = httpx.Timeout(_REQUEST_SECONDS)
    return client


def _headers(server: ChromaServer) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.token}"} if server.token else {}


def _collections(client: Any, prefix: str, fingerprint: str) -> dict[str, Any]:
    wanted = {"fingerprint": fingerprint, "hnsw:space": "cosine"}
    found = {}
    for name in COLLECTIONS:
        collection = client.get_or_create_collection(prefix + name, embedding_function=None, metadata=wanted)
        if (collection.metadata or {}).get("fingerprint") != fingerprint:
            client.delete_collection(prefix + name)
            collection = client.create_collection(prefix + name, embedding_function=None, metadata=wanted)
        found[name] = collection
    return found


def _delete(client: Any, name: str) -> None:
    from chromadb.errors import NotFoundError

    try:
        client.delete_collection(name)
    except NotFoundError:
        return
