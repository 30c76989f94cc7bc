"""Whether a port is free, and who has it."""

from __future__ import annotations

import socket

import psutil

from rapport.errors import PortInUse


def check_ports(host: str, ports: dict[str, int]) -> None:
    """Makes sure that all ports are free.

    Args:
        host: the address to listen on.
        ports: port by the name of its setting, `rasa_port` or `actions_port`.

    Raises:
        PortInUse: naming the port, the program that has it and what to do.
    """
    problems = [
        port_problem(host, port, setting) for setting, port in ports.items() if not is_free(host, port)
    ]
    if len(set(ports.values())) < len(ports):
        problems.append(
            f"{' and '.join(ports)} are both {next(iter(ports.values()))}: change one in rapport.yml."
        )
    if problems:
        raise PortInUse("\n".join(problems))


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def port_problem(host: str, port: int, setting: str) -> str:
    """One sentence about a port that cannot be had."""
    return (
        f"Port {port} on {host} is in use by {owner(port)}: stop it, or take another port with "
        f"`RAPPORT_SERVER__{setting.upper()}={port + 10} rapport up` (or server.{setting} in rapport.yml)."
    )


def owner(port: int) -> str:
    """The program that listens on a port, as far as the system tells us."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.Error:
        return "another program"
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
            return _program(connection.pid)
    return "another program"


def _program(pid: int) -> str:
    try:
        name = " ".join(psutil.Process(pid).cmdline()[:3]) or psutil.Process(pid).name()
    except psutil.Error:
        return f"process {pid}"
    return f"process {pid} ({name[:80]})"
