"""The section `prompts` of rapport.yml as generators take it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapport.errors import SettingsError
from rapport.settings import Prompts

if TYPE_CHECKING:
    from llm.knowledge.index import KnowledgeIndex
    from llm.prompts.choosing import ApprovedAnswers
    from llm.prompts.prompting import Prompting

APPROVED_ANSWERS = "approved_answers.yml"


def make_prompting(prompts: Prompts) -> Prompting:
    """How a language model is asked; said now if it cannot be, not at a customer's question.

    Raises:
        SettingsError: template or role do not exist, or the template is broken.
    """
    from llm.errors import PromptError

    prompting = unchecked_prompting(prompts)
    try:
        check_prompting(prompting)
    except PromptError as error:
        raise SettingsError(f"The section prompts of rapport.yml cannot be used. {error}") from error
    return prompting


def unchecked_prompting(prompts: Prompts) -> Prompting:
    """The same, whatever it is worth."""
    from llm.prompts.prompting import Prompting

    return Prompting(
        version=prompts.version,
        company=prompts.company,
        role=prompts.role,
        roles=prompts.roles,
        roles_by_intent=prompts.roles_by_intent,
        rules=tuple(prompts.rules),
        examples=prompts.examples,
        thinking=prompts.thinking,
        folder=prompts.folder,
    )


def check_prompting(prompting: Prompting) -> None:
    """Makes a prompt for nothing.

    Raises:
        PromptError: template or role do not exist, or the template is broken.
    """
    from llm.prompts.answers import answer_prompt

    for role in prompting.roles_by_intent.values():
        prompting.role_text(role)
    answer_prompt("", (), prompting)


def approved_answers(prompts: Prompts, index: KnowledgeIndex) -> ApprovedAnswers:
    """Where examples come from."""
    from llm.prompts.choosing import ApprovedAnswers

    return ApprovedAnswers(prompts.folder / APPROVED_ANSWERS, index)
