"""The settings: one precedence (environment, then rapport.yml, then default), cast once, handed to the rooms.

What a component of the NLU pipeline needs stands in config.yml; secrets are generated into var/secrets.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from rapport.environment import SUPERVISOR
from rapport.errors import SettingsError
from rapport.settings_errors import explain, place_of, unknown_variables

FILE = Path("rapport.yml")
PREFIX = "RAPPORT_"
# Variables of ours that are no settings.
NOT_SETTINGS = (SUPERVISOR, "RAPPORT_HOME")


class Section(BaseModel):
    """A section of rapport.yml; a key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Shop(Section):
    """The embedded shop and CRM."""

    database_url: str = Field(
        "sqlite:///var/shop.db", description="SQLAlchemy address of the shop's and CRM's database"
    )
    today: date | None = Field(None, description="the demo's date, as 2026-05-18; null is the real date")
    seed: int = Field(7, ge=0, description="the number that the demo's customers and orders are drawn from")


class Knowledge(Section):
    """The help centre that answers come from."""

    folder: Path = Field(
        Path("knowledge"), description="folder of the articles (Markdown, PDF, DOCX, HTML), or one file"
    )
    chroma_folder: Path = Field(
        Path("var/chroma"), description="folder of the Chroma index; one process may use it"
    )
    chroma_url: str | None = Field(
        None,
        pattern=r"^https?://[^@\s/]+/?$",
        description="address of a Chroma server, as http://127.0.0.1:8000; null keeps the index in "
        "chroma_folder. A token for it is the variable `CHROMA_TOKEN`",
    )
    chroma_name: str = Field(
        "rapport",
        pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_-]{1,40}$",
        description="what its collections' names begin with; assistants on one server need different ones",
    )
    languages: dict[str, str] = Field(
        default_factory=dict,
        description="encoder of the articles in another language, by the `language` in their front matter",
    )
    audience: list[str] = Field(
        default_factory=list,
        description="who the customers are: articles for other audiences than these are neither found nor "
        "written as help pages",
    )
    help_folder: Path = Field(
        Path("var/help"), description="folder that the articles are written to as web pages"
    )
    help_title: str = Field(
        "Fernhill Outfitters help centre", description="name of the help centre on its pages"
    )
    versions_file: Path = Field(
        Path("var/knowledge.db"),
        description="SQLite file with every version of every article that was indexed",
    )
    keep_versions_days: int | None = Field(
        None, ge=0, description="for so many days a version that was replaced is kept; null is for good"
    )
    link_base: str = Field(
        "/chat/help/", pattern=r"^(/|https?://).*/$", description="what citations' links begin with"
    )


class Encoder(Section):
    """The sentence encoder of the knowledge index; config.yml names that for intents."""

    model: str = Field(
        "all-MiniLM-L6-v2",
        description="`all-MiniLM-L6-v2`, `universal-sentence-encoder-multilingual`, or a model folder's path",
    )
    cache_dir: Path = Field(Path("var/encoder"), description="folder where its ONNX file is kept")
    articles: Literal["fp32", "int8"] = Field(
        "int8", description="precision in which articles are embedded; questions always are in `fp32`"
    )


class Answers(Section):
    """How answers from knowledge are made."""

    threshold: float | None = Field(
        None,
        ge=0,
        le=1,
        description="from this confidence on, 0–1, a question is answered; null is the value that was fitted",
    )
    passages: int = Field(5, ge=1, le=20, description="how many passages of the knowledge are considered")
    generator: Literal["extractive", "llama_cpp", "transformers", "openai"] = Field(
        "extractive",
        description="what writes the answer: the passages' own sentences, or the model of that section",
    )
    timeout_seconds: float = Field(
        15, gt=0, le=300, description="from then on a model's answer is not waited for, in seconds"
    )
    slots: tuple[str, ...] = Field(
        (), description="slots whose values “it” may mean in a question: that of the product talked about"
    )
    reranker: Path | None = Field(
        None, description="folder of a cross-encoder in ONNX that judges the best passages once more; or null"
    )


class Prompts(Section):
    """What a language model is asked (docs/prompts.md); `rapport prompt show` prints it."""

    version: str = Field("answer/2", description="the template; `rapport prompt list` shows them")
    company: str = Field("", description="for whom it answers, in a few words")
    role: str = Field(
        "",
        description="who it is: `support_specialist`, `technician`, `sales`, `accounts`, `complaints`, "
        "one of your own, or nobody",
    )
    roles: dict[str, str] = Field(
        default_factory=dict, description="roles of your own: one or two sentences by name"
    )
    roles_by_intent: dict[str, str] = Field(
        default_factory=dict, description="the role for questions of an intent, where it is another one"
    )
    rules: list[str] = Field(
        default_factory=list, description="further rules for every answer, a sentence each"
    )
    examples: int = Field(3, ge=0, le=8, description="how many approved answers it is shown")
    thinking: bool = Field(
        False, description="whether it thinks before it answers; nobody is shown that, and it takes its time"
    )
    context: list[Literal["mood", "topic", "order", "profile", "name", "history"]] = Field(
        default_factory=lambda: ["mood", "topic", "order"],  # type: ignore[arg-type]
        description="what it is told of the customer: `mood`, `topic`, `order`, `profile`, `name`, `history`",
    )
    folder: Path = Field(
        Path("prompts"), description="folder of `approved_answers.yml` and of templates of your own"
    )


class LanguageModel(Section):
    """What language models have in common."""

    max_tokens: int = Field(300, ge=16, le=8192, description="longest reply, in tokens (¾ of a word)")
    temperature: float = Field(0.0, ge=0, le=2, description="0 writes the likeliest, 1 freely")


class LlamaCpp(LanguageModel):
    """A GGUF model in the action server, on llama.cpp (`make models` installs it)."""

    model: Path | None = Field(None, description="the GGUF file; `rapport model pull` fetches one")
    adapter: Path | None = Field(None, description="a LoRA for it, as a GGUF file")
    context_tokens: int = Field(4096, ge=512, description="prompt and reply together, in tokens")
    threads: int = Field(0, ge=0, description="how many cores it uses; 0 is half of them")
    gpu_layers: int = Field(0, ge=-1, description="how many layers go to a GPU; -1 is all")


class Transformers(LanguageModel):
    """A model in the action server, on transformers and torch (`make models` installs them)."""

    model: str | None = Field(None, description="folder of the model, or its id on a hub")
    adapter: str | None = Field(None, description="folder of a PEFT adapter for it, or its id on a hub")
    device: str = Field("auto", description="`auto` (a GPU if there is one), `cpu`, `cuda`, `cuda:1`, …")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto", description="what it computes with; `auto` is that of its files"
    )


class OpenAI(LanguageModel):
    """Any server with OpenAI's chat interface. Its key is the variable `OPENAI_API_KEY`, never a setting."""

    base_url: str = Field(
        "https://api.openai.com/v1",
        pattern=r"^https?://[^@\s]+$",
        description="address of the server, up to and with `/v1`",
    )
    model: str | None = Field(None, description="the model's name on the server")
    retries: int = Field(2, ge=0, le=5, description='further tries after "too many requests" and the like')
    extra: dict[str, Any] = Field(
        default_factory=dict, description="further fields of each request; null takes one away"
    )


class Style(Section):
    """How answers sound. docs/voice.md has dimensions and presets, `rapport voice preview` shows them."""

    preset: str = Field(
        "neutral",
        description="the voice to begin with: `neutral`, `concierge`, `trailmate`, `plainspoken`, "
        "`companion` or one of your own; `neutral` leaves every answer as it is",
    )
    dimensions: dict[str, Any] = Field(
        default_factory=dict, description="what differs from it: positions from -1 to 1 by dimension"
    )
    presets: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="presets of your own: positions by dimension"
    )
    channels: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="what differs on a channel: positions, or another `preset`"
    )
    moods: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        description="what differs for a customer who is `upset`, `calm` or `pleased`: positions, or another "
        "`preset`; wins over the channel",
    )
    transitions: dict[str, list[str]] = Field(
        default_factory=dict,
        description="responses that a transition phrase may lead over to, by its kind: `asking`, `telling`, "
        "`done`; `*` stands for any letters",
    )


class Learning(Section):
    """What the assistant learns from: conversations that were held."""

    database_url: str = Field(
        "sqlite:///var/learning.db", description="SQLAlchemy address of what is learned"
    )
    consent_slot: str = Field(
        "", description="slot that says whether we may learn from a conversation; or nobody is asked"
    )
    consent_by_default: bool = Field(True, description="whether we may while that slot is empty")
    low_confidence: float = Field(
        0.6, ge=0, le=1, description="a message understood less surely is looked at"
    )
    valuable_intents: tuple[str, ...] = Field(
        (), description="intents that matter most: looked at when unsure"
    )
    safety_intents: tuple[str, ...] = Field((), description="intents that may concern somebody's safety")
    sample: float = Field(0.01, ge=0, le=1, description="share of the other turns that is looked at")
    reviewers: int = Field(1, ge=1, le=5, description="so many reviewers must agree on an item")
    auto_accept: float = Field(
        0.0,
        ge=0,
        le=1,
        description="labels are accepted unseen from the agreement on from which people took this share of "
        "proposals as they stood (30 or more); 0 asks always",
    )
    spread_examples: int = Field(
        0,
        ge=0,
        le=200,
        description="an intent with fewer examples gets messages that nobody reviewed, where neighbours and "
        "the model agree (data/learned/spread.yml); 0: only what was reviewed is learned",
    )
    generator_votes: int = Field(
        100,
        ge=0,
        description="on so many labels a run, the most urgent first, the model of `answers.generator` votes, "
        "too; 0 never asks it",
    )
    customer_cap: float = Field(
        0.05,
        gt=0,
        le=1,
        description="share of the labels, of each intent's examples and of the preference pairs that one "
        "customer may give; three he always may",
    )
    customer_turns: int = Field(
        20, ge=1, description="so many turns of one customer are before reviewers at a time"
    )
    new_intent_customers: int = Field(
        3, ge=1, description="so many customers must ask for the same before an intent or article is proposed"
    )


class Gate(Section):
    """What a candidate may lose beside the stable model (docs/learning.md)."""

    folder: Path = Field(Path("var/candidates"), description="folder of the candidates and their reports")
    keep: int = Field(5, ge=2, description="how many candidates' files are kept; the stable one always is")
    stories: int = Field(0, ge=0, description="so many conversations of the suite that passed may fail")
    accuracy: float = Field(0.005, ge=0, le=1, description="so much accuracy on frozen messages may be lost")
    language: float = Field(0.02, ge=0, le=1, description="so much of it in one language")
    calibration: float = Field(0.02, ge=0, le=1, description="so much the calibration error may rise")
    fallback: float = Field(
        0.02, ge=0, le=1, description="share of real turns that may fall back beside before"
    )
    frozen_share: float = Field(
        0.1, ge=0, le=0.5, description="share of the accepted labels that nothing is trained on, to judge by"
    )
    replay: int = Field(500, ge=0, description="how many recent real turns both models read")
    trainings: int = Field(
        2,
        ge=1,
        le=2,
        description="how often a cycle trains: on all that was accepted, and, if that does not pass, without "
        "the labels that most likely broke something",
    )


class Rollout(Section):
    """How a candidate that passed goes live."""

    after_gate: Literal["ask", "canary", "promote"] = Field(
        "ask",
        description="what a cycle does with it: nothing, until somebody says `rapport learn promote`; a "
        "canary, for which `rapport up` puts an entry before Rasa; or live at once",
    )
    share: float = Field(0.1, gt=0, lt=1, description="share of the conversations that a canary answers")
    risk: float = Field(
        0.05, gt=0, lt=0.5, description="probability that a canary which is as good is rolled back"
    )
    tolerance: float = Field(
        1.25, gt=1, description="trouble may be so many times as frequent on a canary that is promoted"
    )
    conversations: int = Field(200, ge=1, description="so many of its own are needed to promote a canary")
    days: float = Field(7, gt=0, description="after so many days it is decided by what is known")
    slow_seconds: float = Field(3, gt=0, description="a turn that takes longer is slow, in seconds")
    holdout: float = Field(
        0.05,
        ge=0,
        le=0.5,
        description="share of the conversations that stay with the model before after a promotion, to "
        "measure what was gained; 0 for none",
    )
    holdout_days: float = Field(7, gt=0, description="so many days they stay")


class Watch(Section):
    """When `rapport learn watch` begins a cycle."""

    accepted: int = Field(60, ge=1, description="by volume: so many accepted since the last cycle")
    fallback_times: float = Field(
        2.0, gt=1, description="by quality: the share of fallbacks in the last day is so many times that of "
        "the four weeks before",
    )  # fmt: skip
    turns: int = Field(200, ge=1, description="so many turns of the last day are needed to tell")
    agreement_drop: float = Field(
        0.15, gt=0, le=1, description="by quality: the proposals' agreement fell by so much in a day"
    )
    days: float = Field(7, gt=0, description="by time: so many days since the last cycle, if any is accepted")
    every_seconds: float = Field(300, ge=1, description="how often it looks, in seconds")


class Server(Section):
    """Where the assistant listens."""

    host: str = Field(
        "127.0.0.1",
        description="address that both servers listen on; other than loopback is reachable by others",
    )
    rasa_port: int = Field(5005, ge=1024, le=65535, description="port of Rasa and the web chat")
    actions_port: int = Field(5055, ge=1024, le=65535, description="port of the action server")
    stable_port: int = Field(
        5006, ge=1024, le=65535, description="port of the stable Rasa behind the entry, on this machine"
    )
    canary_port: int = Field(
        5007, ge=1024, le=65535, description="port of the Rasa with the canary, or with a holdout's model"
    )
    shadow_port: int = Field(
        5008, ge=1024, le=65535, description="port of the Rasa with a candidate that reads along"
    )
    models_folder: Path = Field(Path("models"), description="folder of the trained Rasa models")
    start_timeout_seconds: int = Field(
        120, ge=5, le=3600, description="how long `rapport up` waits for both servers, in seconds"
    )


class Privacy(Section):
    """What may be written about customers."""

    full_tracebacks: bool = Field(
        False,
        description="whether errors in Rasa's log show local variables, customers' texts among them",
    )


class Settings(BaseSettings):
    """All settings.

    Example:
        >>> load_settings().server.rasa_port
        5005
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True, extra="forbid", frozen=True
    )

    shop: Shop = Shop()
    knowledge: Knowledge = Knowledge()
    encoder: Encoder = Encoder()
    answers: Answers = Answers()
    prompts: Prompts = Prompts()
    style: Style = Style()
    llama_cpp: LlamaCpp = LlamaCpp()
    transformers: Transformers = Transformers()
    openai: OpenAI = OpenAI()
    learning: Learning = Learning()
    gate: Gate = Gate()
    rollout: Rollout = Rollout()
    watch: Watch = Watch()
    server: Server = Server()
    privacy: Privacy = Privacy()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, which is passed to the constructor."""
        return env_settings, init_settings


def load_settings(file: Path = FILE) -> Settings:
    """Reads the settings; a missing file means all defaults.

    Raises:
        SettingsError: naming the key, its value and what to do, one sentence for each.
    """
    content = _read(file)
    unknown = unknown_variables(os.environ, PREFIX, Settings, NOT_SETTINGS)
    if unknown:
        raise SettingsError("\n".join(unknown))
    try:
        settings = Settings(**content)
    except ValidationError as error:
        raise SettingsError("\n".join(explain(error, content, file, PREFIX, Settings))) from error
    check_style(settings.style, content, file)
    chosen = settings.answers.generator
    if chosen != "extractive" and not getattr(settings, chosen).model:
        raise SettingsError(f"answers.generator is {chosen}: name its model in {file} ({chosen}.model).")
    return settings


def check_style(style: Style, content: Mapping[str, Any], file: Path) -> None:
    """Makes sure that every name and number of the style is one.

    Raises:
        SettingsError: naming place, value and what to do, one sentence for each.
    """
    if style == Style():
        return
    from rapport.voice_settings import style_problems

    found = []
    for one in style_problems(style):
        place = place_of(["style", *one.path], content, file, PREFIX)
        found.append(f"{place}: style.{'.'.join(one.path)}: {one.sentence}.")
    if found:
        raise SettingsError("\n".join(found))


def _read(file: Path) -> Any:
    """The file's content with line numbers (ruamel's mapping)."""
    from ruamel.yaml import YAML, YAMLError

    if not file.exists():
        return {}
    try:
        content = YAML(typ="rt").load(file.read_text(encoding="utf-8"))
    except YAMLError as error:
        from rapport.yaml_errors import yaml_problem

        raise SettingsError(yaml_problem(file, error)) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise SettingsError(
            f"{file} holds {type(content).__name__}, not sections: start from the file in the repository."
        )
    return content
