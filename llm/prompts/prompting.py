"""How a language model is asked: the template, and what fills its parts beside the question.

In short it is a version such as `answer/2+role=technician+shots=3+thinking`: zero-shot without `shots`, no
role without `role`, no chain of thought without `thinking`. The version that is stored with an answer ends in
a digest of all words of ours that the model read (template, company, role, rules, voice): `…#k3v9qd2a`.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import yaml

from llm.errors import PromptError

DEFAULT_VERSION = "answer/2"
# More examples than this leave no room for the passages.
MOST_EXAMPLES = 8
_ROLES = Path(__file__).parent / "roles.yml"
_VERSION = re.compile(r"[\w-]+/[\w.-]+")
_FORM = "write it as answer/2+role=technician+shots=3+thinking"


@dataclass(frozen=True)
class Prompting:
    """What a prompt is made with; the settings `prompts` of rapport.yml.

    Attributes:
        version: the template, such as `answer/2`.
        company: for whom is answered, in a few words.
        role: who the model is; the name of a role, or empty.
        roles: by name, one or two sentences each; beside those of roles.yml, and before them.
        roles_by_intent: the role for questions of an intent, where it is another one.
        rules: further rules for every answer, a sentence each.
        examples: how many approved answers are shown, 0 to 8.
        thinking: whether the model thinks before it answers; nobody is shown its thoughts.
        folder: where templates of one's own are, as `<folder>/answer/mine.jinja`.
    """

    version: str = DEFAULT_VERSION
    company: str = ""
    role: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    roles_by_intent: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[str, ...] = ()
    examples: int = 0
    thinking: bool = False
    folder: Path | None = None

    def role_for(self, intent: str) -> str:
        """Name of the role that answers a question; empty if none does."""
        return self.roles_by_intent.get(intent, self.role)

    def role_text(self, name: str) -> str:
        """How a role answers; empty for no role.

        Raises:
            PromptError: there is no such role.
        """
        if not name:
            return ""
        known = {**built_in_roles(), **self.roles}
        if name not in known:
            raise PromptError(f"There is no role {name!r}: {_hint(name, known)}.")
        return known[name].strip()


# Nothing but rules, passages and the question.
ZERO_SHOT = Prompting()


@cache
def built_in_roles() -> dict[str, str]:
    """The roles of roles.yml."""
    roles: dict[str, str] = yaml.safe_load(_ROLES.read_text(encoding="utf-8"))
    return roles


def spelled(version: str, role: str, shots: int, thinking: bool) -> str:
    """A prompting in short, such as `answer/2+role=technician+shots=3+thinking`."""
    parts = [version, f"role={role}" if role else "", f"shots={shots}" if shots else ""]
    return "+".join(part for part in (*parts, "thinking" if thinking else "") if part)


def read_version(text: str, base: Prompting) -> Prompting:
    """A prompting from its short form; what that does not name is off, so that it says all by itself.

    Args:
        text: as `spelled` writes it; a digest at its end is passed over.
        base: gives company, roles, rules and folder.

    Raises:
        PromptError: it cannot be read.
    """
    version, *options = text.split("#")[0].strip().split("+")
    if not _VERSION.fullmatch(version):
        raise PromptError(f"{text!r} is no version of a prompt: {_FORM}.")
    made = replace(base, version=version, role="", roles_by_intent={}, examples=0, thinking=False)
    for option in options:
        name, _, value = option.partition("=")
        if name == "role" and value:
            made = replace(made, role=value)
        elif name == "shots" and value.isdecimal() and int(value) <= MOST_EXAMPLES:
            made = replace(made, examples=int(value))
        elif option == "thinking":
            made = replace(made, thinking=True)
        else:
            raise PromptError(f"{option!r} in {text!r} is no part of a version: {_FORM}.")
    made.role_text(made.role)
    return made


def _hint(name: str, known: Mapping[str, str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"write {close[0]!r} if you meant that" if close else f"there are {', '.join(known)}"
