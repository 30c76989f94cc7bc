"""The prompt that asks for an answer from passages."""

from collections.abc import Iterable, Sequence
from typing import Any

from llm.knowledge.retrieval import Passage
from llm.prompts.context import NOTHING_KNOWN, CustomerContext
from llm.prompts.examples import Shot
from llm.prompts.fence import as_data, as_reply
from llm.prompts.prompt import DECLINED, Prompt, render
from llm.prompts.prompting import ZERO_SHOT, Prompting, spelled

# Channels let shorter messages through only; this guards other callers.
MAX_QUESTION_CHARACTERS = 2_000
# About 1,600 tokens of English: room for rules and reply in a context of 4,096 tokens. Examples have what the
# passages leave of it, and no more than their own share.
MAX_PASSAGES_CHARACTERS = 7_000
MAX_EXAMPLES_CHARACTERS = 3_000
_MAX_SAID_CHARACTERS = 300
# Models know languages by their names; of others they are told the two letters.
_LANGUAGES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "nl": "Dutch",
}


def answer_prompt(
    question: str,
    passages: Sequence[Passage],
    prompting: Prompting = ZERO_SHOT,
    context: CustomerContext = NOTHING_KNOWN,
    examples: Sequence[Shot] = (),
) -> Prompt:
    """What a model is asked to answer a question.

    Args:
        question: what the customer asks.
        passages: what the answer must stand in, best first; those that are too much are left out.
        prompting: template, role, rules.
        context: what is known of the customer.
        examples: approved answers to other questions, the one to show last first; those that are too much are
            left out.

    Raises:
        PromptError: template or role do not exist, or the template is broken.
    """
    shown = _fitting(passages)
    left = MAX_PASSAGES_CHARACTERS - sum(len(one["text"]) for one in shown)
    shots = _shots(examples, min(left, MAX_EXAMPLES_CHARACTERS))
    role = prompting.role_for(context.intent)
    return render(
        prompting.version,
        spelled(prompting.version, role, len(shots), prompting.thinking),
        prompting.folder,
        company=prompting.company,
        role=prompting.role_text(role),
        rules=prompting.rules,
        thinking=prompting.thinking,
        voice=context.voice,
        declined=DECLINED,
        examples=shots,
        passages=shown,
        question=as_data(question, MAX_QUESTION_CHARACTERS),
        **_known(context),
    )


def _known(context: CustomerContext) -> dict[str, Any]:
    """What a template may say of the customer, as data: customers write into products' names, too."""
    return {
        "language": _LANGUAGES.get(context.language, as_data(context.language, 20)),
        "mood": as_data(context.mood, 20),
        "topic": _line(context.topic),
        "facts": [_line(fact) for fact in context.facts],
        "history": [_line(said) for said in context.history],
    }


def _fitting(passages: Sequence[Passage]) -> list[dict[str, str]]:
    shown: list[dict[str, str]] = []
    left = MAX_PASSAGES_CHARACTERS
    for passage in passages:
        text = as_data("\n".join(s.text for s in passage.chunk.sentences), MAX_PASSAGES_CHARACTERS)
        if shown and len(text) > left:
            break
        shown.append(_titled(passage.chunk.context, text))
        left -= len(text)
    return shown


def _shots(examples: Iterable[Shot], characters: int) -> list[dict[str, Any]]:
    """Examples as templates take them, as many as there is room for; the first one stands last."""
    shots: list[dict[str, Any]] = []
    for example in examples:
        characters -= example.length
        if characters < 0:
            break
        passages = [
            _titled(c.context, as_data("\n".join(s.text for s in c.sentences), 2_000)) for c in example.chunks
        ]
        shots.append(
            {
                "passages": passages,
                "question": as_data(example.question, MAX_QUESTION_CHARACTERS),
                "thoughts": as_reply(example.thoughts),
                "answer": as_reply(example.answer),
            }
        )
    # Models lean on what they read last.
    return shots[::-1]


def _titled(title: str, text: str) -> dict[str, str]:
    return {"title": as_data(title, 200).replace("\n", " "), "text": text}


def _line(text: str) -> str:
    return " ".join(as_data(text, _MAX_SAID_CHARACTERS).split())
