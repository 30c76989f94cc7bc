"""Writes docs/settings.md from the settings' own descriptions, and checks that it is current."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, get_args

from pydantic.fields import FieldInfo

from rapport.settings import FILE, PREFIX, Settings

HEAD = f"""# Settings

`{FILE}` holds what surrounds Rasa. A variable `{PREFIX}<SECTION>__<KEY>` wins over the file, the file over
the default: `{PREFIX}SERVER__RASA_PORT=5015` is `server.rasa_port: 5015`. Other keys
than these are errors.

Not here: what the NLU pipeline and the policies need (`config.yml`), where Rasa keeps conversations
(`endpoints.yml`), channels (`credentials.yml`). Keys are generated into `var/secrets/`. `RAPPORT_HOME` names
the project's folder for commands that are run from elsewhere. This page is written by `make docs`.
"""


def render() -> str:
    """The page."""
    parts = [HEAD]
    for name, section in Settings.model_fields.items():
        parts.append(f"## {name}\n\n{(section.annotation.__doc__ or '').strip()}\n")
        parts.append("| key | default | meaning |\n|---|---|---|")
        fields: dict[str, FieldInfo] = section.annotation.model_fields  # type: ignore[union-attr]
        parts.append("\n".join(_row(key, field) for key, field in fields.items()) + "\n")
    return "\n".join(parts)


def _row(key: str, field: FieldInfo) -> str:
    limits = [f"{sign} {value}" for sign, value in _limits(field)]
    limit = f" ({', '.join(limits)})" if limits else ""
    meaning = field.description or ""
    return f"| `{key}` | `{_shown(field.get_default(call_default_factory=True))}` | {meaning}{limit} |"


def _limits(field: FieldInfo) -> list[tuple[str, Any]]:
    signs = {"ge": "at least", "le": "at most"}
    found = [
        (sign, getattr(item, name))
        for item in field.metadata
        for name, sign in signs.items()
        if hasattr(item, name)
    ]
    words = [value for value in get_args(field.annotation) if isinstance(value, str)]
    return found + [("one of", ", ".join(words))] * bool(words)


def _shown(default: Any) -> str:
    if default is None:
        return "null"
    return str(default).lower() if isinstance(default, bool) else str(default)


def main(arguments: list[str]) -> int:
    """`settings_docs FILE` writes, `settings_docs --check FILE` compares."""
    file = Path(arguments[-1])
    if arguments[0] != "--check":
        file.write_text(render(), encoding="utf-8")
        return 0
    if file.exists() and file.read_text(encoding="utf-8") == render():
        return 0
    print(f"{file} does not describe the settings as they are: run `make docs`.")  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
