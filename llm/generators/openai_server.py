"""Any server with OpenAI's chat interface: vLLM, llama.cpp's server, Ollama, hosted ones."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import structlog

from llm.errors import (
    GeneratorCutOff,
    GeneratorError,
    GeneratorGarbage,
    GeneratorInterrupted,
    GeneratorTimeout,
    GeneratorUnavailable,
)
from llm.generators.base import Emit
from llm.generators.sse import data_of_events
from llm.prompts.prompt import Prompt

logger = structlog.get_logger()

CONNECT_SECONDS = 5.0
RETRIES = 2
# Pauses before a further try: so many seconds, then twice as many; a server may ask for up to the longest.
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0
# Statuses that another try may change: too slow, too early, too many requests, and a server's own troubles.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


class OpenAIServer:
    """Asks a server; several questions at once are its business.

    Args:
        base_url: address up to and with `/v1`.
        model: the model's name there.
        api_key: sent as a bearer token; None for servers that ask for none. It is kept only as a header.
        timeout_seconds: longest silence of the server.
        retries: further tries after a refused connection, or an answer such as "too many requests".
        max_tokens: longest reply.
        temperature: 0 writes the likeliest, 1 freely.
        extra: further fields of the request; None takes one away that would be sent otherwise.
    """

    name = "openai"

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str | None = None,
        timeout_seconds: float = 20.0,
        retries: int = RETRIES,
        max_tokens: int = 300,
        temperature: float = 0.0,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.base_url, self.model, self.retries = base_url.rstrip("/"), model, retries
        fields = {"model": model, "stream": True, "max_tokens": max_tokens, "temperature": temperature}
        self.extra = dict(extra or {})
        self.fields = {key: value for key, value in {**fields, **self.extra}.items() if value is not None}
        self.client = httpx.Client(
            headers=_headers(api_key), timeout=httpx.Timeout(timeout_seconds, connect=CONNECT_SECONDS)
        )

    def write(self, prompt: Prompt, emit: Emit) -> None:
        """Write the reply (see `LanguageModel`); it is asked for again only while none of it has come.

        Raises:
            GeneratorUnavailable: nobody listens, or the server refuses key, model or request.
            GeneratorTimeout: it is silent for too long.
            GeneratorInterrupted: it broke off.
            GeneratorGarbage: what it sends is not what such a server sends.
            GeneratorCutOff: the reply reached `max_tokens`.
        """
        for attempt in range(self.retries + 1):
            try:
                return self._write_once(prompt, emit)
            except _Passing as error:
                pause = error.pause_seconds or FIRST_PAUSE_SECONDS * 2**attempt
                if attempt == self.retries or pause > LONGEST_PAUSE_SECONDS:
                    raise GeneratorUnavailable(str(error)) from error.__cause__
                logger.info("generator.retry", generator=self.name, attempt=attempt + 1, reason=str(error))
                time.sleep(pause)

    def models(self) -> list[str]:
        """Names of the models that the server offers; empty if it does not say.

        Raises:
            GeneratorError: it cannot be reached, or refuses the key.
        """
        try:
            response = self.client.get(f"{self.base_url}/models")
            self._check(response)
            return [str(model["id"]) for model in response.json()["data"]]
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise _unreachable(self.base_url, error) from error
        except (ValueError, KeyError, TypeError):
            return []

    def _write_once(self, prompt: Prompt, emit: Emit) -> None:
        started = False

        def pass_on(piece: str) -> None:
            nonlocal started
            started = True
            emit(piece)

        body = {**self.fields, **self._asked(prompt), "messages": prompt.messages}
        try:
            with self.client.stream("POST", f"{self.base_url}/chat/completions", json=body) as response:
                self._check(response)
                _pass_on(response, pass_on)
        except httpx.ReadTimeout as error:
            raise GeneratorTimeout(f"The server at {self.base_url} fell silent.") from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            if started:
                raise GeneratorInterrupted(f"The server at {self.base_url} broke off.") from error
            raise _unreachable(self.base_url, error) from error

    def _asked(self, prompt: Prompt) -> dict[str, Any]:
        """Fields that a prompt asks for; `extra` wins over them, also where it takes one away."""
        found: dict[str, Any] = {}
        if prompt.temperature is not None:
            found["temperature"] = prompt.temperature
        if prompt.choices:
            found["response_format"] = _one_of(prompt.choices)
        return {name: value for name, value in found.items() if name not in self.extra}

    def _check(self, response: httpx.Response) -> None:
        status = response.status_code
        if status == 200:
            return
        if status in _PASSING:
            raise _Passing(f"The server at {self.base_url} answers {status}.", _wanted_pause(response))
        meaning = {
            401: "it refuses the key: set OPENAI_API_KEY to a valid one",
            403: "it refuses the key: set OPENAI_API_KEY to one that may use this model",
            404: f"it does not know the model {self.model!r}, or openai.base_url is wrong",
        }.get(status, "it does not take the request: check the section openai of rapport.yml")
        raise GeneratorUnavailable(f"The server at {self.base_url} answers {status}; {meaning}.")


def _one_of(choices: Sequence[str]) -> dict[str, Any]:
    """A schema that the reply must fit: `{"choice": "2"}`; OpenAI takes no enum without an object around."""
    choice = {"type": "string", "enum": list(choices)}
    schema = {
        "type": "object", "properties": {"choice": choice}, "required": ["choice"],
        "additionalProperties": False,
    }  # fmt: skip
    return {"type": "json_schema", "json_schema": {"name": "choice", "strict": True, "schema": schema}}


class _Passing(GeneratorError):
    """What may be over at the next try; the server may have said when (seconds)."""

    def __init__(self, text: str, pause_seconds: float | None = None) -> None:
        super().__init__(text)
        self.pause_seconds = pause_seconds


def _headers(api_key: str | None) -> dict[str, str]:
    # Compressed events would come in lumps.
    headers = {"Accept-Encoding": "identity"}
    if api_key and api_key.isascii() and api_key.isprintable():
        headers["Authorization"] = f"Bearer {api_key}"
    elif api_key:
        logger.warning("generator.key.unusable", variable="OPENAI_API_KEY")
    return headers


def _unreachable(base_url: str, error: Exception) -> GeneratorError:
    return _Passing(f"The server at {base_url} cannot be reached ({type(error).__name__}).")


def _wanted_pause(response: httpx.Response) -> float | None:
    """The seconds of `Retry-After`; its other form, a date, is not used by such servers."""
    try:
        return max(0.0, float(response.headers["retry-after"]))
    except (KeyError, ValueError):
        return None


def _pass_on(response: httpx.Response, emit: Emit) -> None:
    """Emits the text of a 200 answer, as events or in one piece."""
    if response.headers.get("content-type", "").startswith("application/json"):
        response.read()
        ending = _emit_choice(_parsed(response.text), "message", emit)
        _check_ending(ending or "stop")
        return
    ending = None
    for data in data_of_events(response.iter_bytes()):
        if data == "[DONE]":
            ending = ending or "stop"
            break
        ending = _emit_choice(_parsed(data), "delta", emit) or ending
    if ending is None:
        raise GeneratorInterrupted("The server broke off in the middle of its reply.")
    _check_ending(ending)


def _check_ending(ending: str) -> None:
    if ending == "length":
        raise GeneratorCutOff("The reply reached its greatest length.")
    if ending == "content_filter":
        raise GeneratorInterrupted("The server's content filter ended the reply.")


def _emit_choice(event: dict[str, Any], key: str, emit: Emit) -> str | None:
    """Emits what the first choice says; returns why the reply ends, if it does."""
    if event.get("error"):
        raise GeneratorInterrupted("The server reports an error instead of a reply.")
    choices = event.get("choices")
    if not isinstance(choices, list):
        raise GeneratorGarbage("The server sends events without choices.")
    if not choices:  # what was used, at the end
        return None
    try:
        text = choices[0][key].get("content") or ""
        ending = choices[0].get("finish_reason")
    except (AttributeError, KeyError, TypeError) as error:
        raise GeneratorGarbage(f"The server sends a choice without {key}.") from error
    if not isinstance(text, str) or not isinstance(ending, str | None):
        raise GeneratorGarbage("The server sends a reply that is no text.")
    if text:
        emit(text)
    return ending


def _parsed(data: str) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise GeneratorGarbage("The server sends what is no JSON.") from error
    if not isinstance(value, dict):
        raise GeneratorGarbage("The server sends JSON that is no object.")
    return value
