"""Server-sent events, as far as chat servers use them: one line of data an event.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import Iterable, Iterator

from llm.errors import GeneratorGarbage

# No event of a chat is longer; a stream without line ends must not fill the memory.
MAX_LINE_BYTES = 1_000_000
_OTHER_FIELDS = ("event:", "id:", "retry:", ":")


def data_of_events(received: Iterable[bytes]) -> Iterator[str]:
    """What stands behind `data:`, line by line.

    Args:
        received: bytes, cut anywhere.

    Raises:
        GeneratorGarbage: these are no events.
    """
    for raw in _lines(received):
        try:
            line = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise GeneratorGarbage("The server sends what is no UTF-8.") from error
        if line.startswith("data:"):
            yield line.removeprefix("data:").strip()
        elif line and not line.startswith(_OTHER_FIELDS):
            raise GeneratorGarbage("The server sends what are no events: is openai.base_url a chat server?")


def _lines(received: Iterable[bytes]) -> Iterator[bytes]:
    """Lines, the last one also if it does not end."""
    rest = b""
    for part in received:
        *lines, rest = (rest + part).split(b"\n")
        if len(rest) > MAX_LINE_BYTES:
            raise GeneratorGarbage(f"The server sends a line of over {MAX_LINE_BYTES} bytes.")
        yield from (line.rstrip(b"\r") for line in lines)
    if rest:
        yield rest.rstrip(b"\r")
