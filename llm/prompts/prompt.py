"""A prompt, and how one is made from a template file.

`<name>/<version>.jinja` holds the blocks `system` and `user`. A file that was ever used is not changed: a new
version is a new file, so that what is stored with an answer (`answer/1`) tells what the model was asked.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Prompt:
    """What a language model is asked.

    Attributes:
        version: which template it was made from, such as `answer/1`.
        system: what the model is to do; only our own words.
        user: what it is to do it with; holds texts by others, fenced.
    """

    version: str
    system: str
    user: str

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


def render(version: str, **values: Any) -> Prompt:
    """A prompt from a template.

    Args:
        version: name and version, such as `answer/1`.
        values: what the template names; texts by others must have gone through `as_data`.
    """
    template = _template(version)
    blocks = {
        name: "".join(template.blocks[name](template.new_context(values))).strip()
        for name in ("system", "user")
    }
    return Prompt(version, **blocks)


@lru_cache(maxsize=32)
def _template(version: str) -> Template:
    # Prompts are plain text for a model: escaping as for HTML would spoil them.
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    return environment.get_template(f"{version}.jinja")
