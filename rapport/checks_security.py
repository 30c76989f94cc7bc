"""The doctor's checks of the security switches: keys, addresses, the API, credentials, the tracker store."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx

from rapport.client import Assistant
from rapport.engine_files import CREDENTIALS, ENDPOINTS, check_tracker_store, read_yaml
from rapport.errors import RapportError
from rapport.finding import Finding, bad, good, warning
from rapport.secret_files import ALL, API_KEY, OWNER_ONLY, read_secret
from rapport.settings import Settings
from rapport.supervisor import PROCFILE, read_procfile

SECRET_KEYS = re.compile(
    r"secret(?!_file)|token|password|passwd|api_key|access_key|private_key|signing", re.IGNORECASE
)
VARIABLE = re.compile(r"^\s*\$\{\w+\}\s*$")


def secrets(_: Settings) -> Finding:
    """The keys exist and are readable to their owner only."""
    missing = [str(file) for file in ALL if not file.exists()]
    if missing:
        return bad("keys", f"{', '.join(missing)} missing", "`rapport up` makes them")
    open_to_others = [str(file) for file in ALL if stat.S_IMODE(file.stat().st_mode) != OWNER_ONLY]
    if open_to_others:
        return bad(
            "keys", f"others may read {', '.join(open_to_others)}", f"chmod 600 {' '.join(open_to_others)}"
        )
    return good("keys", "readable to their owner only")


def addresses(settings: Settings) -> Finding:
    """Nothing listens to the world without being asked to."""
    if not is_loopback(settings.server.host):
        return bad(
            "addresses",
            f"server.host is {settings.server.host}: others on the network reach the servers",
            "set it to 127.0.0.1 and put a proxy with TLS in front",
        )
    url = str((read_yaml(ENDPOINTS).get("action_endpoint") or {}).get("url", ""))
    if not is_loopback(urlsplit(url).hostname or ""):
        return warning(
            "addresses", f"endpoints.yml calls actions at {url}", "make sure that only Rasa can reach it"
        )
    return good("addresses", "both servers listen on loopback")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host's address."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def api(settings: Settings) -> Finding:
    """Rasa's HTTP API is closed to those without the key: in the Procfile and, if it runs, in fact."""
    name = "HTTP API"
    for program, command in read_procfile().items():
        if "--enable-api" in command and "--auth-token" not in command:
            return bad(
                name, f"{PROCFILE} opens it without a token ({program})", "start it with `rapport rasa`"
            )
    try:
        address = Assistant(settings, "").rasa
        status = httpx.get(f"{address}/domain", timeout=3, trust_env=False).status_code
    except httpx.HTTPError:
        return good(name, "opened only with a key (Rasa is not running)")
    if status == 200:
        return bad(name, f"{address} answers without a key", "stop that Rasa and start it with `rapport up`")
    return good(name, "closed without the key")


def credentials(_: Settings) -> Finding:
    """Secrets of channels come from the environment."""
    name = "credentials"
    if not CREDENTIALS.exists():
        return bad(name, f"{CREDENTIALS} is missing: there is no channel", "restore it from the repository")
    found = [*_clear_secrets(read_yaml(CREDENTIALS), ""), *_clear_secrets(read_yaml(ENDPOINTS), "")]
    if found:
        return bad(
            name,
            f"{', '.join(found)} stands in clear",
            "write ${NAME_OF_A_VARIABLE} there and set the variable",
        )
    return good(name, "no secret in clear in credentials.yml and endpoints.yml")


def _clear_secrets(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _clear_secrets(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for item in value:
            yield from _clear_secrets(item, path)
    elif (
        isinstance(value, str)
        and value
        and SECRET_KEYS.search(path.rsplit(".", 1)[-1])
        and not VARIABLE.match(value)
    ):
        yield path


def tracker_store(settings: Settings) -> Finding:
    """Rasa will use, or uses, the tracker store that is configured."""
    # It refuses to start otherwise, and importing the store brings TensorFlow, which takes ten seconds.
    if API_KEY.exists() and Assistant(settings, read_secret(API_KEY)).rasa_is_ready():
        return good("tracker store", "Rasa runs with the one that endpoints.yml named when it started")
    try:
        check_tracker_store()
    except RapportError as error:
        return bad("tracker store", str(error), "correct tracker_store.type in endpoints.yml")
    return good("tracker store", "conversations are kept as endpoints.yml says")
