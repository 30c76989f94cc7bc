"""Fetches a language model for the generator llama_cpp, where a hub can be reached."""

from __future__ import annotations

from pathlib import Path

from rapport.errors import RapportError

# Small enough for two cores and 4 GB, instruct-tuned, Apache 2.0, in 4 bits: about 1.1 GB.
REPOSITORY = "Qwen/Qwen2.5-1.5B-Instruct-GGUF"
FILE = "qwen2.5-1.5b-instruct-q4_k_m.gguf"
FOLDER = Path("var/language-models")
TIMEOUT_SECONDS = 10.0


def pull(
    repository: str = REPOSITORY, file: str = FILE, folder: Path = FOLDER, hub: str | None = None
) -> Path:
    """Fetches one file; what is there already is not fetched again, and a broken-off fetch is continued.

    Args:
        repository: owner and name on the hub.
        file: the GGUF file's name in it.
        folder: where to put it.
        hub: the hub's address; None is Hugging Face's, or the variable `HF_ENDPOINT`.

    Raises:
        RapportError: no hub can be reached, or it has no such file.
    """
    import httpx
    from huggingface_hub import constants, hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    hub = hub or constants.ENDPOINT
    by_hand = f"put a GGUF file into {folder} by hand and name it in rapport.yml: llama_cpp.model"
    try:
        # Asked first, for the package tries for half a minute.
        httpx.head(hub, timeout=TIMEOUT_SECONDS)
        path = hf_hub_download(repository, file, local_dir=folder, endpoint=hub, etag_timeout=TIMEOUT_SECONDS)
    except HfHubHTTPError as error:
        status = error.response.status_code
        raise RapportError(
            f"{hub} answers {status} for {file} in {repository}: name another, or {by_hand}."
        ) from error
    except HFValidationError as error:
        raise RapportError(f"{repository!r} is no name on a hub: write it as owner/name.") from error
    except (OSError, httpx.HTTPError) as error:
        reason = type(error).__name__
        raise RapportError(f"No model hub can be reached at {hub} ({reason}): {by_hand}.") from error
    return Path(path)
