"""`rapport bench …`: measurements."""

from __future__ import annotations

from pathlib import Path

import typer

app = typer.Typer(no_args_is_help=True, help="Measure the assistant.")


@app.callback()
def group() -> None:
    """Measure the assistant."""


@app.command()
def turns(
    conversations: int = typer.Option(20, min=1, help="Conversations of each kind; one more warms up."),
) -> None:
    """Time whole turns over REST, the start, and the memory of both servers.

    Uses the running assistant, or starts one of its own (and then also says how soon Rasa was ready).

    [bold]Example[/bold]

        rapport bench turns --conversations 50
    """
    from bench.turns import run
    from rapport.project import enter_project

    run(enter_project(), conversations)


@app.command()
def knowledge(
    split: str = typer.Option("test", help="Which questions: dev or test (tune on dev only)."),
    show: bool = typer.Option(False, "--show", help="Print every question that went wrong."),
) -> None:
    """Measure how often the knowledge finds the right article, answers, and keeps silent where it should.

    [bold]Example[/bold]

        rapport bench knowledge --split dev --show
    """
    import sys

    from bench.knowledge import main
    from rapport.project import enter_project

    enter_project()
    sys.argv = ["rapport bench knowledge", "--split", split, *(["--show"] if show else [])]
    main()


@app.command()
def retrieval(
    data: Path | None = typer.Option(
        None, help="A folder with corpus.jsonl and queries.jsonl, or DSTC11 track 5, or StackFAQ."
    ),
    corpus: Path | None = typer.Option(
        None, help='JSON lines {"id", "text", "title"?}: what there is to find.'
    ),
    queries: Path | None = typer.Option(
        None, help='JSON lines {"id", "text" or "turns", "gold": [ids]}; an empty list: nothing answers it.'
    ),
    against: list[str] = typer.Option([], help="Also measure: bm25, dense; may be given twice."),
    limit: int | None = typer.Option(None, min=1, help="Ask so many of the questions, the same each time."),
    encoder: str = typer.Option("all-MiniLM-L6-v2", help="The sentence encoder, as in rapport.yml."),
    fill: int | None = typer.Option(
        None, min=1, help="Also time searches among so many chunks: copies of these, one core, filters on."
    ),
    reranker: Path | None = typer.Option(None, help="Also measure with this cross-encoder (a folder)."),
    articles: str = typer.Option("", help="Precision of the passages' vectors, fp32 or int8, if not as set."),
) -> None:
    """Measure how well passages are found, on any corpus and questions.

    The corpus is embedded once and kept under var/bench/.

    [bold]Examples[/bold]

        rapport bench retrieval --corpus passages.jsonl --queries queries.jsonl
        rapport bench retrieval --data path/to/stackfaq --against bm25 --against dense
        rapport bench retrieval --data path/to/dstc11-track5 --limit 500 --fill 100000
    """
    from bench.retrieval import run
    from rapport.project import enter_project

    files = (data, corpus, queries, reranker)
    data, corpus, queries, reranker = (path.absolute() if path else None for path in files)
    settings = enter_project()
    run(data, corpus, queries, against, limit, encoder, fill, reranker, articles or settings.encoder.articles)


@app.command()
def repeat(
    pairs: Path | None = typer.Option(
        None,
        help="CSV (text1,text2,label) or Quora's tab-separated file (sentence1, sentence2, is_duplicate).",
    ),
    threshold: float | None = typer.Option(
        None,
        min=0,
        max=1,
        help="Measure F1 at this probability instead of choosing it on a tenth of the file.",
    ),
    against: str | None = typer.Option(None, help="'cosine': the encoder alone beside the pair model."),
    fit: bool = typer.Option(False, "--fit", help="Fit the pair model anew on groups of questions first."),
    groups: Path | None = typer.Option(
        None, help="The groups to fit on; bench/repeat_pairs.yml if not said."
    ),
) -> None:
    """Measure how well repeated questions are told from questions that only sound alike.

    The last line is one JSON object. Nothing is trained on the measured file.

    [bold]Examples[/bold]

        rapport bench repeat --pairs path/to/quora-dev.csv --against cosine

        rapport bench repeat --pairs mine.csv --threshold 0.9

        rapport bench repeat --fit --groups mine.yml
    """
    if against not in (None, "cosine"):
        raise typer.BadParameter(f"{against!r} is not known; give 'cosine'.", param_hint="--against")
    if pairs is None and not fit:
        raise typer.BadParameter("give a file of pairs to measure, or --fit.", param_hint="--pairs")
    import warnings

    # Rasa's dependencies announce on import what they will change one day.
    with warnings.catch_warnings(record=True):
        from bench.repeat import refit, run
    from rapport.project import enter_project

    files = [file.resolve() if file else None for file in (pairs, groups)]
    settings = enter_project()
    if fit:
        refit(settings, *(file for file in files[1:] if file))
    if files[0]:
        run(settings, files[0], threshold, against)


@app.command()
def policy(
    project: Path = typer.Option(
        Path("."), help="Folder of any Rasa project: config.yml, domain.yml or domain/, data/."
    ),
    against: list[str] = typer.Option([], help="Measure a policy of Rasa too: ted, memoization. Repeatable."),
    seeds: int = typer.Option(3, min=1, help="Random splits of the stories; figures are their means."),
    share: float = typer.Option(0.5, min=0.05, max=0.95, help="Share of the stories that is held out."),
) -> None:
    """Measure how well the learned policy continues stories that it has not seen.

    Holds out a share of the project's stories, trains on the others, and predicts every action of the
    held-out ones, each given the true conversation before it. If config.yml has RulePolicy, rules take part
    as when serving.

    [bold]Examples[/bold]

        rapport bench policy

        rapport bench policy --project path/to/a/rasa/project --against ted --against memoization --seeds 5
    """
    from bench.policy import run

    run(project, against, seeds, share)


@app.command()
def nlu(
    train: Path = typer.Option(..., help="CSV with a header, or CLINC150's JSON: what to learn from."),
    test: Path | None = typer.Option(
        None, help="The same: what to ask. Without it, the test part of a JSON."
    ),
    shots: int | None = typer.Option(None, min=1, help="Learn from so many messages a label, drawn by seed."),
    text_column: str = typer.Option("text", help="The CSV's column with the message."),
    label_column: str = typer.Option(
        "label", help="The CSV's column with the label (`category` is found, too)."
    ),
    oos_label: str | None = typer.Option(None, help="The label of messages that are out of scope."),
    against: list[str] = typer.Option([], help="Also measure: diet (stock Rasa), logistic (frozen encoder)."),
    encoder: str = typer.Option("all-MiniLM-L6-v2", help="The sentence encoder, as in config.yml."),
    seeds: int = typer.Option(3, min=1, help="How often to train, with another seed each time."),
) -> None:
    """Measure how well intents are understood, on any labelled messages.

    [bold]Examples[/bold]

        rapport bench nlu --train mine.csv --test held_out.csv
        rapport bench nlu --train banking77/train.csv --test banking77/test.csv --shots 10 --against diet
        rapport bench nlu --train clinc150/data_full.json --oos-label oos
    """
    import warnings

    # Rasa's dependencies announce on import what they will change one day.
    with warnings.catch_warnings(record=True):
        from bench.nlu import run
    from rapport.project import enter_project

    train, test = train.absolute(), (test or train).absolute()
    enter_project()
    run(train, test, (text_column, label_column), shots, oos_label, against, encoder, seeds)


@app.command()
def entities(
    train: Path = typer.Option(
        ..., help="JSON file to learn from, or a folder with train_*.json and test.json."
    ),
    test: Path | None = typer.Option(None, help="JSON file to test on; a folder brings its own."),
    against: list[str] = typer.Option(
        [], help="Beside it: crf, diet (Rasa's own), spacy (ours); may be given twice."
    ),
    seeds: int = typer.Option(1, min=1, help="Trainings of each; the figures are their means."),
) -> None:
    """Measure how well entities are found: exact spans, F1, precision, recall, times.

    A file is a JSON list of {"text": "to Rome", "entities": [{"start": 3, "end": 7, "entity": "city"}]}, or
    has the format of the DSTC8 span sets. A folder may hold one folder a domain; all of them and all their
    folds are measured.

    [bold]Examples[/bold]

        rapport bench entities --train mine.json --test held-out.json

        rapport bench entities --train path/to/dstc8-spans --against crf --against diet --seeds 3
    """
    from bench.entities import run
    from rapport.project import enter_project

    train, test = train.resolve(), test and test.resolve()
    enter_project()
    run(train, test, against, seeds)


@app.command()
def questions(
    split: str = typer.Option("test", help="Which messages: dev or test (tune on dev only)."),
    file: Path | None = typer.Option(
        None, help="Your own messages, in the format of bench/several_questions.yml."
    ),
    show: bool = typer.Option(False, "--show", help="Print every message that was split wrongly."),
) -> None:
    """Measure how well messages with several questions are told from messages with one.

    [bold]Examples[/bold]

        rapport bench questions --split dev --show
        rapport bench questions --file path/to/messages.yml
    """
    from bench.questions import OWN_SET, run
    from rapport.project import enter_project
    from rapport.rasa_process import hide_deprecations

    hide_deprecations()
    chosen = file.resolve() if file else OWN_SET
    run(enter_project(), chosen, split, show)


@app.command()
def pii(
    spans: Path = typer.Option(..., "--spans", help="JSON: texts with marked spans of personal data."),
    against: list[str] = typer.Option([], "--against", help="presidio: stock Presidio beside ours."),
    first: float = typer.Option(
        0.0, min=0.0, max=1.0, help="Only this share from the beginning (to tune on)."
    ),
    after: float = typer.Option(0.0, min=0.0, max=0.99, help="Leave out this share from the beginning."),
    region: str = typer.Option("US", help="Two letters: how phone numbers without a country code are read."),
    show: bool = typer.Option(False, "--show", help="Print every text that went wrong."),
) -> None:
    """Measure how much personal data is found, by kind, and how much of what is found is right.

    The file is a list of {"text": …, "spans": [{"start": 5, "end": 21, "kind": "email"}]}, or what Presidio's
    research kit writes (full_text, entity_type, start_position, end_position). A span counts as found when
    half of it is covered by spans of its kind. Kinds that are not claimed are listed apart.

    [bold]Examples[/bold]

        rapport bench pii --spans path/to/spans.json

        rapport bench pii --spans path/to/spans.json --after 0.4 --against presidio
    """
    unknown = sorted(set(against) - {"presidio"})
    if unknown:
        raise typer.BadParameter(f"{unknown[0]!r} is not known; give 'presidio'.", param_hint="--against")
    import warnings

    # Rasa's dependencies announce on import what they will change one day.
    with warnings.catch_warnings(record=True):
        from bench.pii import run
        from bench.pii_files import SpansFileError
        from rapport.errors import RapportError
        from rapport.project import enter_project

        file = spans.resolve()
        enter_project()
        try:
            run(file, first, after, against, region, show)
        except SpansFileError as error:
            raise RapportError(str(error)) from error


@app.command()
def generators(
    gguf: Path | None = typer.Option(None, help="Measure llama.cpp with this GGUF file."),
    transformers: Path | None = typer.Option(None, help="Measure transformers with this model's folder."),
    url: str | None = typer.Option(None, help="Measure a server with OpenAI's interface, up to /v1."),
    model: str = typer.Option("default", help="The model's name on that server."),
    questions: int = typer.Option(
        10, min=1, max=110, help="So many questions of the demo, each asked twice."
    ),
    max_tokens: int = typer.Option(128, min=2, help="Longest reply, in tokens."),
    threads: int = typer.Option(0, min=0, help="Cores for llama.cpp; 0 is half of them."),
) -> None:
    """Time generators beside their bare libraries: first token, tokens per second, share of the bare speed.

    Without a model the one in rapport.yml is measured.

    [bold]Examples[/bold]

        rapport bench generators --gguf models/small.gguf --questions 20

        rapport bench generators --url http://127.0.0.1:8000/v1 --model small
    """
    from bench.generators import TIMEOUT_SECONDS, run
    from llm.generators.base import LanguageModel
    from llm.generators.llama_cpp_model import LlamaCppModel
    from llm.generators.openai_server import OpenAIServer
    from llm.generators.transformers_model import TransformersModel
    from rapport.generators import api_key, make_model
    from rapport.project import enter_project

    gguf, transformers = (path.resolve() if path else None for path in (gguf, transformers))
    settings = enter_project()
    models: list[LanguageModel] = []
    if gguf:
        models.append(LlamaCppModel(gguf, threads=threads, max_tokens=max_tokens))
    if transformers:
        models.append(TransformersModel(str(transformers), max_tokens=max_tokens))
    if url:
        models.append(OpenAIServer(url, model, api_key(), TIMEOUT_SECONDS, max_tokens=max_tokens))
    run(models or [make_model(settings)], questions)


@app.command()
def indexing(
    pages: int = typer.Option(200, min=2, help="Pages of each format; a page is 300 to 400 words."),
    only: list[str] = typer.Option(
        [], "--format", help="md, html, docx or pdf; repeatable. All if not said."
    ),
) -> None:
    """Measure how many pages an hour are indexed, by file format, on generated articles.

    [bold]Examples[/bold]

        rapport bench indexing

        rapport bench indexing --pages 1000 --format pdf
    """
    from bench.indexing import WRITERS, run
    from rapport.project import enter_project

    unknown = sorted(set(only) - WRITERS.keys())
    if unknown:
        raise typer.BadParameter(
            f"{unknown[0]!r} is not read; give {', '.join(WRITERS)}.", param_hint="--format"
        )
    run(enter_project(), pages, only or list(WRITERS))


@app.command("knowledge-report")
def knowledge_report(
    split: str = typer.Option("test", help="Which pairs: dev or test (tune on dev only)."),
    file: Path | None = typer.Option(
        None, help="Your own pairs, in the format of bench/knowledge_pairs.yml."
    ),
    show: bool = typer.Option(False, "--show", help="Print every pair that was judged wrongly."),
) -> None:
    """Measure how well duplicates and contradictions between sections are found.

    [bold]Example[/bold]

        rapport bench knowledge-report --split dev --show
    """
    from bench.knowledge_report import OWN_SET, run
    from rapport.project import enter_project

    chosen = file.resolve() if file else OWN_SET
    run(enter_project(), chosen, split, show)


@app.command()
def support(
    split: str = typer.Option("test", help="Which pairs: dev or test (tune on dev only)."),
    pairs: Path | None = typer.Option(None, help="Your own, in the format of bench/support_pairs.yml."),
    show: bool = typer.Option(False, "--show", help="Print every sentence that was judged wrongly."),
) -> None:
    """Measure how well it is told whether a passage supports a sentence.

    [bold]Example[/bold]

        rapport bench support --split dev --show
    """
    from bench.support import OWN_SET, run
    from rapport.project import enter_project
    from rapport.rasa_process import hide_deprecations

    hide_deprecations()
    file = pairs.resolve() if pairs else OWN_SET
    enter_project()
    run(file, split, show)


@app.command()
def answers(
    corpus: Path | None = typer.Option(None, help='JSON lines {"id", "text", "title"?}: the knowledge.'),
    questions: Path | None = typer.Option(
        None,
        help='JSON lines {"id", "text" or "turns", "gold": [ids], "answer"?}; [] says: nothing answers it.',
    ),
    generator: str = typer.Option("extractive", help="extractive, llama_cpp, transformers or openai."),
    split: str = typer.Option("test", help="Without files: the demo's questions, dev, test or all."),
    limit: int | None = typer.Option(None, min=1, help="Ask only so many of the questions, the first ones."),
    price_read: float = typer.Option(0.0, min=0, help="Price of a million tokens that a model reads."),
    price_written: float = typer.Option(0.0, min=0, help="Price of a million tokens that it writes."),
    dump: Path | None = typer.Option(
        None, help="Write each question with its answer to this file (JSON lines)."
    ),
) -> None:
    """Measure whole answers: supported or not, like a reference, given when they should be, time and cost.

    Without files the demo's help centre is asked.

    [bold]Examples[/bold]

        rapport bench answers --dump answers.jsonl

        rapport bench answers --corpus passages.jsonl --questions questions.jsonl

        rapport bench answers --generator openai --price-read 0.15 --price-written 0.6
    """
    from bench.answers import run
    from bench.answers_cost import Prices
    from rapport.project import enter_project
    from rapport.rasa_process import hide_deprecations

    hide_deprecations()
    corpus, questions, dump = (path.absolute() if path else None for path in (corpus, questions, dump))
    prices = Prices(price_read, price_written)
    run(enter_project(), corpus, questions, generator, split, limit, prices, dump)


@app.command()
def harvest(
    conversations: int = typer.Option(3_000, min=50, help="So many conversations of four turns are made up."),
) -> None:
    """Measure how fast turns are taken out of conversations and marked.

    [bold]Example[/bold]

        rapport bench harvest --conversations 10000
    """
    from bench.harvest import run
    from rapport.project import enter_project

    enter_project()
    run(conversations)


@app.command()
def injection(
    prompts: Path = typer.Option(
        ..., help='JSON lines {"text"}, or a text file with one a line; or a folder of such files.'
    ),
    limit: int | None = typer.Option(None, min=1, help="Try only so many of them, the first ones."),
    show: bool = typer.Option(False, "--show", help="Print every one that worked."),
) -> None:
    """Measure whether instructions in messages and documents change answers or reveal the prompt.

    Each is tried as a message, in an article and in an earlier message, with the passages' own sentences and
    with a model that obeys everything.

    [bold]Example[/bold]

        rapport bench injection --prompts path/to/prompts.jsonl --show
    """
    from bench.injection import run
    from rapport.project import enter_project

    prompts = prompts.resolve()
    run(enter_project(), prompts, limit, show)


@app.command()
def discover(
    data: Path = typer.Option(
        ..., help='JSON lines {"utterance" or "text", "intent" or "label"}, or a CSV: labels only compare.'
    ),
    encoder: str = typer.Option("all-MiniLM-L6-v2", help="The sentence encoder, as in rapport.yml."),
    show: int = typer.Option(15, min=0, help="Show so many clusters, the largest first."),
) -> None:
    """Measure how well missing intents are found: unlabelled messages into clusters with names.

    The last line is one JSON object: adjusted mutual information with the labels, and how many clusters.

    [bold]Example[/bold]

        rapport bench discover --data path/to/messages.jsonl
    """
    from bench.discover import run
    from rapport.project import enter_project

    data = data.absolute()
    enter_project()
    run(data, encoder, show)


@app.command()
def loop(
    train: Path = typer.Option(..., help="CSV with a message and its intent, or CLINC150's JSON."),
    test: Path = typer.Option(..., help="The same, for messages that are only ever used to print."),
    weeks: int = typer.Option(5, min=1, help="The traffic comes in so many parts."),
    reviews: int = typer.Option(60, min=1, help="So many messages are reviewed in each."),
    shots: int = typer.Option(5, min=2, help="So many examples of each intent are known at first."),
    wrong: float = typer.Option(0.05, min=0, max=1, help="Share of the reviews that are wrong on purpose."),
    seeds: int = typer.Option(1, min=1, help="Play it so many times, and print the means."),
    head: str = typer.Option(
        "shipped", help="shipped: the assistant's own; light: much faster, a little less accurate."
    ),
    out: Path = typer.Option(Path("var/bench/loop"), help="The folder for the picture."),
    text_column: str = typer.Option("text", help="The CSV's column with the message."),
    label_column: str = typer.Option("label", help="That with the intent; `category` is found, too."),
) -> None:
    """Measure what reviews are worth: the learning loop against random messages and against all labels.

    The last line is one JSON object.

    [bold]Examples[/bold]

        rapport bench loop --train path/to/train.csv --test path/to/test.csv

        rapport bench loop --train train.csv --test test.csv --head light --wrong 0.1 --seeds 3
    """
    from bench.loop import Plan, run
    from rapport.errors import RapportError
    from rapport.project import enter_project
    from rapport.rasa_process import hide_deprecations

    hide_deprecations()
    if head not in ("shipped", "light"):
        raise RapportError(f"--head {head} is unknown: give shipped or light.")
    train, test, out = train.absolute(), test.absolute(), out.absolute()
    enter_project()
    plan = Plan(weeks, reviews, shots, wrong, head)
    run(train, test, (text_column, label_column), plan, seeds, out)
