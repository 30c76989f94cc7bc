"""`rapport model …`: language models for the generators."""

from __future__ import annotations

from pathlib import Path

import typer

app = typer.Typer(no_args_is_help=True, help="Fetch language models for the generators.")


@app.callback()
def group() -> None:
    """Fetch language models for the generators."""


@app.command("pull")
def pull(
    repository: str | None = typer.Option(
        None, help="Owner and name on the hub; a small instruct model if not said."
    ),
    file: str | None = typer.Option(None, help="The GGUF file in it."),
    folder: Path = typer.Option(Path("var/language-models"), help="Where to put it."),
) -> None:
    """Fetch a GGUF model for the generator llama_cpp (about 1.1 GB), where a hub can be reached.

    [bold]Examples[/bold]

        rapport model pull

        rapport model pull --repository owner/name --file model-q4_k_m.gguf
    """
    from rapport import model_pull
    from rapport.console import console, done
    from rapport.project import enter_project

    if (repository is None) != (file is None):
        raise typer.BadParameter("give both --repository and --file, or neither.")
    enter_project()
    path = model_pull.pull(repository or model_pull.REPOSITORY, file or model_pull.FILE, folder)
    done(f"{path} is there ({path.stat().st_size / 1e6:.0f} MB); to use it, in rapport.yml:")
    lines = f"  answers:\n    generator: llama_cpp\n  llama_cpp:\n    model: {path}"
    console.print(lines, markup=False, highlight=False)
