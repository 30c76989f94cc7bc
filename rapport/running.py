"""Starts the assistant's programs, says when they are ready, and stops them all together."""

from __future__ import annotations

from rapport.client import Assistant, wait_until_ready
from rapport.console import console, done, failed
from rapport.ports import check_ports
from rapport.rollout_running import behind_entry, wants_entry
from rapport.secret_files import API_KEY, read_secret
from rapport.settings import Settings
from rapport.supervisor import Supervisor, read_procfile, supervise


def start(settings: Settings, quiet: bool = False) -> None:
    """Runs the assistant until Ctrl-C.

    Raises:
        PortInUse: before anything is started.
        ProcessDied: a program ended by itself.
        RapportError: the programs were not healthy in time.
    """
    server = settings.server
    ports = {"rasa_port": server.rasa_port, "actions_port": server.actions_port}
    programs = read_procfile()
    if wants_entry(settings):
        ports |= {"stable_port": server.stable_port, "canary_port": server.canary_port}
        ports |= {"shadow_port": server.shadow_port}
        programs = behind_entry(settings, programs)
    check_ports(server.host, ports)
    assistant = Assistant(settings, read_secret(API_KEY))

    def watch(supervisor: Supervisor) -> None:
        _announce(supervisor, assistant, server.start_timeout_seconds, quiet)

    if not quiet:
        console.print("  starting Rasa and the action server …", style="dim")
    supervise(programs, watch)
    if not quiet:
        done("everything is stopped")


def _announce(supervisor: Supervisor, assistant: Assistant, timeout_seconds: int, quiet: bool) -> None:
    """Runs in a thread beside the programs."""
    if wait_until_ready(assistant, timeout_seconds):
        assistant.close()
        if not quiet:
            done(f"ready: [bold]{assistant.chat_address}[/bold]   (Ctrl-C stops everything; logs: var/log/)")
        return
    if supervisor.ending.died:
        return  # it is reported where it was noticed
    ready = {"Rasa": assistant.rasa_is_ready(), "the action server": assistant.actions_are_ready()}
    late = [name for name, answers in ready.items() if not answers]
    failed(
        f"{' and '.join(late)} did not answer within {timeout_seconds} seconds: look into var/log/, or "
        "give more time with RAPPORT_SERVER__START_TIMEOUT_SECONDS."
    )
    supervisor.give_up()
