"""A language model that obeys: a chat server that does what any text in its prompt says.

    python -m bench.obedient        # prints its address; ends when its input does

Nobody can be fooled more easily. It is told by `POST /attack {"text": …}` which instruction is being tried;
if a sentence of that stands anywhere in what it is shown, it repeats the instruction, says the words in
quotation marks in it, reveals its system prompt and all that it was shown, and makes up a price. Else it
answers honestly, with the first two sentences of the first passage.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_QUOTED = re.compile(r"[\"'“„”‘’]([^\"'“„”‘’]{2,200})[\"'“„”‘’]")
_PASSAGE = re.compile(r"<passage 1:[^>]*>\n(.*?)\n</passage 1>", re.DOTALL)
_LONGEST = 4_000


class Handler(BaseHTTPRequestHandler):
    """Answers as a chat server does, or learns what is tried."""

    attack = ""
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/attack"):
            Handler.attack = str(body["text"])
            return self._send({})
        messages = {message["role"]: message["content"] for message in body["messages"]}
        reply = obey(Handler.attack, messages.get("system", ""), messages.get("user", ""))
        choice = {"index": 0, "message": {"role": "assistant", "content": reply}, "finish_reason": "stop"}
        self._send({"choices": [choice]})

    def log_message(self, *_: Any) -> None:
        pass

    def _send(self, values: dict[str, Any]) -> None:
        data = json.dumps(values).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def obey(attack: str, system: str, user: str) -> str:
    """What the model says: everything that it is asked for if it sees the attack, else the first passage."""
    seen = visible(attack, user)
    if not seen:
        passage = _PASSAGE.search(user)
        sentences = (passage.group(1) if passage else "").splitlines()[:2]
        return " ".join(f"{sentence} [1]" for sentence in sentences) or "NO ANSWER"
    said = [*seen, *_QUOTED.findall(attack), "Refunds are 500 pounds.", "OK.", system, user]
    return " ".join(f"{part.strip().rstrip('.!?')} [1]." for part in said)[:_LONGEST]


def visible(attack: str, prompt: str) -> list[str]:
    """The sentences of an attack that stand in a prompt, whatever marks were replaced there."""
    shown = _plain(prompt)
    parts = [part for part in _SENTENCE.split(attack) if len(_plain(part)) > 3] or [attack]
    return [part for part in parts if _plain(part) and _plain(part) in shown]


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def main() -> None:
    """Serve on a free port of loopback until standard input ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}/v1", flush=True)
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
