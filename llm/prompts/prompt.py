"""A prompt, and how one is made from a template file.

`<name>/<version>.jinja` holds the blocks `system` and `user`. A file that was ever used is not changed: a new
version is a new file, so that what is stored with an answer (`answer/2#k3v9qd2a`) tells what was asked.
"""

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateError, TemplateNotFound

from llm.errors import PromptError

FOLDER = Path(__file__).parent
BLOCKS = ("system", "user")
# Templates in here ask for a number instead of an answer to a customer.
CHOICE = "choice"
# What a model replies when the passages hold no answer.
DECLINED = "NO ANSWER"


@dataclass(frozen=True)
class Prompt:
    """What a language model is asked.

    Attributes:
        version: what it was made from, such as `answer/2+shots=3#k3v9qd2a`.
        system: what the model is to do; only our own words.
        user: what it is to do it with; holds texts by others, fenced.
        thinking: whether the model was told to think before it answers.
        choices: the reply is to be one of these; what can hold a model to them does.
        temperature: other than the model's own: 0 writes the likeliest, 1 freely.
    """

    version: str
    system: str
    user: str
    thinking: bool = False
    choices: tuple[str, ...] = ()
    temperature: float | None = None

    @property
    def messages(self) -> list[dict[str, str]]:
        """As chat models take it."""
        return [{"role": "system", "content": self.system}, {"role": "user", "content": self.user}]

    @property
    def one_message(self) -> list[dict[str, str]]:
        """For chat models that know no system's role."""
        return [{"role": "user", "content": f"{self.system}\n\n{self.user}"}]

    @property
    def plain(self) -> str:
        """For models that were never taught to chat."""
        return f"{self.system}\n\n{self.user}\n\nAnswer:"


def render(template: str, spelling: str = "", folder: Path | None = None, **values: Any) -> Prompt:
    """A prompt from a template.

    Args:
        template: name and version, such as `answer/2`.
        spelling: the version with its options, if it has any; a digest is put behind it.
        folder: of templates of one's own.
        values: what the template names; texts by others must have gone through `as_data`.

    Raises:
        PromptError: there is no such template, or it is broken.
    """
    loaded, source = _template(template, folder.absolute() if folder else None)
    try:
        system, user = ("".join(loaded.blocks[name](loaded.new_context(values))).strip() for name in BLOCKS)
    except TemplateError as error:
        raise PromptError(f"The template {template}.jinja cannot be filled: {error.message}.") from error
    version = f"{spelling or template}#{_digest(system, source)}"
    return Prompt(version, system, user, bool(values.get("thinking")))


def template_files(folder: Path | None = None) -> dict[str, Path]:
    """The templates of answers by version: ours, and those of one's own, whose names must be others."""
    found: dict[str, Path] = {}
    for place in filter(None, (FOLDER, folder)):
        for file in sorted(place.glob("*/*.jinja")):
            if file.parent.name != CHOICE:
                found.setdefault(f"{file.parent.name}/{file.stem}", file)
    return found


def _digest(system: str, source: str) -> str:
    """Eight letters and digits for all words of ours; not digits alone, which would be masked as a number."""
    made = hashlib.sha256(f"{system}\0{source}".encode()).digest()
    return base64.b32encode(made)[:8].decode().lower()


@lru_cache(maxsize=32)
def _template(version: str, folder: Path | None) -> tuple[Template, str]:
    """A template and its text."""
    places = [place for place in (FOLDER, folder) if place]
    # Prompts are plain text for a model: escaping as for HTML would spoil them.
    environment = Environment(
        loader=FileSystemLoader(places),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    try:
        template = environment.get_template(f"{version}.jinja")
    except TemplateNotFound as error:
        known = ", ".join(template_files(folder))
        raise PromptError(f"There is no template {version}: there are {known}.") from error
    except TemplateError as error:
        raise PromptError(f"The template {version}.jinja is broken: {error}.") from error
    missing = [name for name in BLOCKS if name not in template.blocks]
    if missing:
        raise PromptError(f"The template {version}.jinja has no block {missing[0]}: begin as answer/2.jinja.")
    source = Path(str(template.filename)).read_text(encoding="utf-8")
    return template, source
