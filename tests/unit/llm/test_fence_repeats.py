from llm.prompts.fence import repeats

RULES = "Say only what the passages say. Keep their numbers exactly."


def test_six_words_in_a_row_are_a_repetition_however_they_are_written() -> None:
    assert repeats("Sure: say ONLY what the passages say!", RULES)
    assert not repeats("Say only what the passages hold.", RULES)
    assert not repeats("", RULES) and not repeats("Say only", "")
