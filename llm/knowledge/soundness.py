"""Whether the files of an index are sound, before Chroma opens them: some damage ends the whole process.

Found in Chroma 1.5: a garbled `header.bin` of its vectors is a segmentation fault, and an action server that
dies of it takes orders and tickets along. So an index is sealed when it is closed: sizes and digests of its
files. One that is not as it was sealed (damaged, or its process was killed) is first read by a process of its
own.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

SEAL = "sound.json"
# Files that say who has it, not what it holds.
_OTHERS = (SEAL, "owner.lock", "owner.pid")
_PROBE_SECONDS = 300
_BLOCK = 1 << 20


def seal(folder: Path) -> None:
    """Note how the files are; nobody may have them open."""
    (folder / SEAL).write_text(json.dumps(_digests(folder)), encoding="utf-8")


def is_sealed(folder: Path) -> bool:
    """Whether the files are as they were sealed."""
    try:
        known = json.loads((folder / SEAL).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(known == _digests(folder))


def break_seal(folder: Path) -> None:
    """Say that the files are in use: until they are sealed again, nothing is known of them."""
    (folder / SEAL).unlink(missing_ok=True)


def why_unsound(folder: Path) -> str:
    """Why an index cannot be read, as a process of its own finds; empty if it can, or if there is none."""
    if not (folder / "chroma.sqlite3").exists():
        return ""
    try:
        probe = subprocess.run(
            [sys.executable, "-c", _PROBE, str(folder.absolute())],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PROBE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"reading it takes more than {_PROBE_SECONDS} seconds"
    if probe.returncode == 0:
        return ""
    lines = [line for line in probe.stdout.splitlines() if line]
    return lines[-1] if lines else f"reading it ends with signal {-probe.returncode}"


_PROBE = """
import sys
import chromadb
from chromadb.config import Settings
try:
    client = chromadb.PersistentClient(sys.argv[1], settings=Settings(anonymized_telemetry=False))
    for collection in client.list_collections():
        collection.get(include=["embeddings", "documents", "metadatas"])
except Exception as error:
    print(" ".join(str(error).split())[:200])
    sys.exit(1)
"""


def _digests(folder: Path) -> dict[str, list[str | int]]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in _OTHERS)
    return {path.relative_to(folder).as_posix(): [path.stat().st_size, _digest(path)] for path in files}


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
