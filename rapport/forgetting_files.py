"""Files in var/ that quote customers: what one of them wrote is taken out of each."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from learning.datasets.quotes import without
from learning.datasets.versions import versions
from learning.review.words import normalised
from learning.rollout.registry import Registry
from learning.store import LearningStore
from rapport.errors import RapportError
from rapport.failing import FOLDER as TESTS
from rapport.gate_training import LEARNED, REPORT, TREE
from rapport.learned import write
from rapport.preview import FOLDER as PREVIEW
from rapport.settings import Settings

_DATASETS = Path("var/datasets")
# Lines of a gate's report.txt that quote a message begin so (see `gate.lines`).
_QUOTING = ("misread now: ", "real turn, changed: ")


def unquote_files(settings: Settings, texts: Collection[str]) -> list[str]:
    """Takes texts out of reports, of what shadows read, of tests made of conversations; names the files.

    Args:
        settings: where candidates are.
        texts: normalised.

    Raises:
        RapportError: a file cannot be written.
    """
    kinds: tuple[tuple[Path, str, Callable[[str, Collection[str]], str]], ...] = (
        (settings.gate.folder, f"*/{REPORT}", _json),
        (settings.gate.folder, "*/report.txt", _report),
        (settings.gate.folder, "*/shadow.jsonl", _lines),
        (TESTS, "*.yml", _test),
    )
    changed = []
    for folder, pattern, rest in kinds if texts else ():
        for file in sorted(folder.glob(pattern)):
            before = file.read_text(encoding="utf-8")
            left = rest(before, texts)
            if left != before:
                _replace(file, left)
                changed.append(str(file))
    return changed


def forget_copies(settings: Settings, store: LearningStore, models: Collection[str]) -> list[str]:
    """Writes what candidates were trained on without what was erased; other copies of it are deleted.

    Args:
        settings: where candidates are.
        store: the learning database, out of which it is erased already.
        models: ids of those that saw it.
    """
    changed = []
    registry = Registry(store)
    for name in models:
        folder = settings.gate.folder / name
        if (folder / TREE / LEARNED).exists():
            write(settings, folder=folder / TREE, only=registry.learned_of(name))
            shutil.rmtree(folder / "suite", ignore_errors=True)
            changed.append(str(folder / TREE))
    for copy in [_DATASETS / one.version for one in versions(store) if one.erased]:
        changed += _delete(copy)
    return changed


def forget_preview() -> list[str]:
    """The preview's model was trained on what is erased; it is trained again when it is wanted."""
    return _delete(PREVIEW)


def _delete(folder: Path) -> list[str]:
    if not folder.exists():
        return []
    shutil.rmtree(folder)
    return [str(folder)]


def _json(content: str, texts: Collection[str]) -> str:
    found = _parsed(content)
    left = without(found, texts)
    return content if left == found else json.dumps(left, indent=2, ensure_ascii=False) + "\n"


def _lines(content: str, texts: Collection[str]) -> str:
    rows = content.splitlines(keepends=True)
    return "".join(row for row in rows if without([_parsed(row)], texts))


def _report(content: str, texts: Collection[str]) -> str:
    def quotes(line: str) -> bool:
        quoted = line.split(": ", 1)[-1].rsplit(": ", 1)[0]
        return line.startswith(_QUOTING) and normalised(quoted) in texts

    return "".join(line for line in content.splitlines(keepends=True) if not quotes(line))


def _test(content: str, texts: Collection[str]) -> str:
    """Nothing, if one of them is in it: a conversation without one of its messages is another."""
    try:
        said = list(_texts_in(YAML(typ="safe").load(content)))
    except YAMLError:
        return content  # a person's to mend
    return "" if any(normalised(text) in texts for text in said) else content


def _texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts_in(one)


def _parsed(content: str) -> object:
    try:
        return json.loads(content)
    except ValueError:
        return None  # half written by somebody who was killed


def _replace(file: Path, content: str) -> None:
    partial = file.with_name(f".{file.name}.partial")
    try:
        if content:
            partial.write_text(content, encoding="utf-8")
            partial.replace(file)
        else:
            file.unlink()
    except OSError as error:
        raise RapportError(
            f"{file} cannot be written ({error.strerror}): mend that, then forget again."
        ) from error
    finally:
        partial.unlink(missing_ok=True)
