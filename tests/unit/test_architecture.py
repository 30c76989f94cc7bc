"""The arrows of docs/architecture.md, kept by reading the imports of all rooms."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# a → b: a may import b.
ARROWS = {
    "rapport": {"components", "channels", "actions", "learning", "llm"},
    "learning": {"llm"},
    "components": {"llm"},
    "actions": {"llm"},
    "channels": set(),
    "llm": set(),
}
# Who alone may import a framework.
OWNERS = {"rasa": {"components", "channels"}, "rasa_sdk": {"actions"}}
# Serving processes must not load these: gigabytes of code for what onnxruntime does in megabytes.
HEAVY = {"torch", "tensorflow", "transformers", "sentence_transformers", "peft", "keras", "llama_cpp"}
# Who loads them all the same, and late: training in Rasa's process, which has TensorFlow anyway; generators
# with a model of their own, when chosen and asked (unit/rapport/test_generators.py looks at what is loaded).
LATE = {
    "components/encoder_tuning.py": {"tensorflow"},
    "llm/generators/llama_cpp_model.py": {"llama_cpp"},
    "llm/generators/transformers_model.py": {"torch", "transformers", "peft"},
}


def imports(source: str) -> Iterator[str]:
    """The top names of all modules that a source imports, anywhere in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.split(".")[0]


def forbidden(room: str, imported: str) -> str | None:
    """Why a room may not import a top-level module, if it may not."""
    if imported in ARROWS and imported != room and imported not in ARROWS[room]:
        return f"{room} may import only {sorted(ARROWS[room]) or 'no other room'}"
    if room not in OWNERS.get(imported, {room}):
        return f"only {' and '.join(sorted(OWNERS[imported]))} may import {imported}"
    if imported in HEAVY:
        return f"serving rooms must not load {imported}"
    return None


@pytest.mark.parametrize("room", ARROWS)
def test_a_room_imports_only_what_its_arrows_allow(room: str) -> None:
    files = sorted((ROOT / room).rglob("*.py"))
    assert files, f"the room {room} is gone"
    broken = [
        f"{file.relative_to(ROOT)} imports {name}: {reason}"
        for file in files
        for name in imports(file.read_text(encoding="utf-8"))
        if name not in LATE.get(str(file.relative_to(ROOT)), set()) and (reason := forbidden(room, name))
    ]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("room", ARROWS)
def test_a_room_says_in_one_sentence_what_it_is_and_what_it_is_not(room: str) -> None:
    sentence = ast.get_docstring(ast.parse((ROOT / room / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert sentence, f"{room}/__init__.py has no docstring"
    assert any(word in sentence.lower() for word in ("not", "no ", "never", "neither", "only")), sentence


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("llm", "from rasa.core import agent"),
        ("llm", "import actions.shop"),
        ("channels", "def late():\n    from llm import encoder"),
        ("components", "import rapport.settings"),
        ("actions", "import rasa"),
        ("rapport", "from rasa.core.agent import Agent"),
        ("components", "import torch"),
        ("llm", "if True:\n    import tensorflow as tf"),
    ],
)
def test_a_forbidden_import_is_noticed(room: str, source: str) -> None:
    assert [name for name in imports(source) if forbidden(room, name)]


def test_allowed_imports_are_let_through() -> None:
    sources = {
        "components": "import rasa, llm.encoder",
        "actions": "import rasa_sdk\nfrom llm import answering",
    }
    for room, source in sources.items():
        assert not [name for name in imports(source) if forbidden(room, name)]
