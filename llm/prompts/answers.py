"""The prompt that asks for an answer from passages."""

from collections.abc import Sequence

from llm.knowledge.retrieval import Passage
from llm.prompts.fence import as_data
from llm.prompts.prompt import Prompt, render

VERSION = "answer/1"
# What a model replies when the passages hold no answer.
DECLINED = "NO ANSWER"
# Channels let shorter messages through only; this guards other callers.
MAX_QUESTION_CHARACTERS = 2_000
# About 1,600 tokens of English: room for rules and reply in a context of 4,096 tokens.
MAX_PASSAGES_CHARACTERS = 7_000


def answer_prompt(question: str, passages: Sequence[Passage], version: str = VERSION) -> Prompt:
    """What a model is asked to answer a question.

    Args:
        question: what the customer asks.
        passages: what the answer must stand in, best first; those that are too much are left out.
        version: of the template.
    """
    shown: list[dict[str, str]] = []
    left = MAX_PASSAGES_CHARACTERS
    for passage in passages:
        text = as_data("\n".join(s.text for s in passage.chunk.sentences), MAX_PASSAGES_CHARACTERS)
        if shown and len(text) > left:
            break
        shown.append({"title": as_data(passage.chunk.context, 200).replace("\n", " "), "text": text})
        left -= len(text)
    return render(
        version, question=as_data(question, MAX_QUESTION_CHARACTERS), passages=shown, declined=DECLINED
    )
