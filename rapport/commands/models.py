"""The commands of `rapport learn` that train, judge and roll out candidates."""

from __future__ import annotations

from pathlib import Path

import typer


def candidate() -> None:
    """Train a candidate from the working tree and what was accepted; the live assistant is not touched.

    [bold]Example[/bold]

        rapport learn candidate
    """
    from learning.store import LearningStore
    from rapport.console import done, progress_bar
    from rapport.ending import ending_when_asked
    from rapport.gate_training import train_candidate
    from rapport.project import enter_project
    from rapport.steps import one_at_a_time

    settings = enter_project()
    store = LearningStore(settings.learning.database_url)
    with ending_when_asked(), one_at_a_time(), progress_bar() as bar:
        task = bar.add_task("Training", total=None)
        found = train_candidate(
            settings, store, lambda n, of, name: bar.update(task, completed=n, total=of, description=name)
        )
    done(f"trained {found.id}: `rapport learn gate {found.id}`")


def gate(
    name: str = typer.Argument(..., metavar="ID", help="The candidate, of `rapport learn models`."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Judge a candidate beside the stable model: conversations, frozen messages, real turns.

    Exits with 1 if it is worse than `gate` in rapport.yml allows.

    [bold]Example[/bold]

        rapport learn gate 20261122-031500
    """
    from learning.rollout.registry import Registry
    from learning.store import LearningStore
    from rapport.ending import ending_when_asked
    from rapport.gate import judge_candidate, show_verdict
    from rapport.project import enter_project

    settings = enter_project()
    store = LearningStore(settings.learning.database_url)
    with ending_when_asked():
        verdict = judge_candidate(settings, store, name)
    show_verdict(Registry(store).get(name), verdict, as_json)
    if not verdict.passed:
        raise typer.Exit(1)


def models(as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    """List models and adapters that were trained, and what became of them.

    [bold]Example[/bold]

        rapport learn models
    """
    from rapport.project import enter_project
    from rapport.rollout import show_models

    show_models(enter_project(), as_json)


def promote(name: str = typer.Argument(..., metavar="ID", help="A candidate that passed.")) -> None:
    """Make a candidate the stable model; a running Rasa changes to it at once, the old one is kept.

    A share of the conversations stays with the old one for a week, to measure what was gained
    (`rollout.holdout`); `rapport learn models` shows it.

    [bold]Example[/bold]

        rapport learn promote 20261122-031500
    """
    from learning.store import LearningStore
    from rapport.console import done
    from rapport.gate_install import promote as bring_to_life
    from rapport.project import enter_project
    from rapport.rollout_running import say_who_stays

    settings = enter_project()
    found = bring_to_life(settings, LearningStore(settings.learning.database_url), name)
    done(f"{found.id} is stable; `rapport learn rollback` brings the one before back")
    if settings.rollout.holdout:
        say_who_stays(settings)


def rollback(why: str = typer.Option("", help="Why; it is kept with the model.")) -> None:
    """Bring back the model that was stable before; with a canary, end the canary instead.

    [bold]Example[/bold]

        rapport learn rollback --why "it cancels orders unasked"
    """
    from learning.rollout.registry import CANARY, ROLLED_BACK, Registry
    from learning.store import LearningStore
    from rapport.console import done
    from rapport.gate_install import roll_back
    from rapport.project import enter_project

    settings = enter_project()
    store = LearningStore(settings.learning.database_url)
    canary = Registry(store).current(CANARY)
    if canary:
        Registry(store).move(canary.id, ROLLED_BACK, why=why or "by hand")
        done(f"the canary {canary.id} is rolled back; everybody gets the stable model")
        return
    leaving, coming = roll_back(settings, store, why or "by hand")
    done(f"{coming.id} is stable again; {leaving.id} is rolled back")


def canary(
    name: str = typer.Argument("", metavar="[ID]", help="A candidate that passed; without, how it does."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Give a share of the conversations to a candidate, or say how the canary or a promoted model does.

    It is promoted or rolled back by itself when that is sure enough (`rollout` in rapport.yml). The entry
    that shares conversations out is started by `rapport up` while there is a canary.

    [bold]Examples[/bold]

        rapport learn canary 20261122-031500

        rapport learn canary
    """
    from learning.store import LearningStore
    from rapport.console import console, done
    from rapport.project import enter_project
    from rapport.rollout import show_canary
    from rapport.rollout_running import entry_is_missing
    from rapport.watching import begin_canary

    settings = enter_project()
    if not name:
        show_canary(settings, as_json)
        return
    begin_canary(settings, LearningStore(settings.learning.database_url), name)
    if entry_is_missing(settings):
        console.print("  Start `rapport up` anew: what runs has no entry that could share conversations out.")
    done(f"{name} gets {settings.rollout.share:.0%} of the conversations that begin from now on")


def shadow(
    name: str = typer.Argument("", metavar="[ID]", help="The candidate, of `rapport learn models`."),
    turns: int = typer.Option(1_000, min=1, help="Read so many of the latest turns."),
    live: bool = typer.Option(False, "--live", help="Read along: each message that comes from now on."),
    off: bool = typer.Option(False, "--off", help="Read along no more."),
    report: bool = typer.Option(False, "--report", help="What was read along so far."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Let a candidate read real messages; what it reads otherwise is shown, nobody is answered by it.

    Without an option it reads turns that were harvested. With --live the entry sends it the text of each
    message once that is answered, to be understood and no more: it answers nobody and runs no action.

    [bold]Examples[/bold]

        rapport learn shadow 20261122-031500 --turns 5000

        rapport learn shadow 20261122-031500 --live

        rapport learn shadow --report
    """
    from rapport.project import enter_project
    from rapport.rollout_reading import read_along, report_reading
    from rapport.rollout_reading import shadow as read_turns

    settings = enter_project()
    if off or live:
        if live == bool(off) or (live and not name):
            raise typer.BadParameter("give either an ID with --live, or --off alone")
        read_along(settings, "" if off else name)
    elif report:
        report_reading(settings, name, as_json)
    elif name:
        read_turns(settings, name, turns, as_json)
    else:
        raise typer.BadParameter("name a candidate; `rapport learn models` lists them")


def cycle(reason: str = typer.Option("asked for", help="Why; it is shown in the history.")) -> None:
    """Run a cycle now: harvest, drop what does harm, train, judge, roll out; or end one that was killed.

    [bold]Example[/bold]

        rapport learn cycle
    """
    from rapport.console import done
    from rapport.ending import ending_when_asked
    from rapport.gate_history import outcome
    from rapport.project import enter_project
    from rapport.supervised import end_with_supervisor
    from rapport.watching import cycle as run

    end_with_supervisor()
    with ending_when_asked():
        found = run(enter_project(), reason)
    done(f"cycle {found.id}: {outcome(found)}")


def watch() -> None:
    """Run as a service: harvest, propose, and begin a cycle by volume, quality or time.

    It says what it waits for. SIGTERM or Ctrl-C ends it, with a cycle that runs: the next one goes on with
    that. docs/learning.md has a unit for systemd.

    [bold]Example[/bold]

        rapport learn watch
    """
    from rapport.project import enter_project
    from rapport.watch_service import watch as look_again_and_again

    look_again_and_again(enter_project())


def history(
    html: Path = typer.Option(None, help="Write a page, as var/reports/learning.html."),
    picture: Path = typer.Option(None, help="Write a picture (PNG)."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Show every cycle: why, what it found, what became of it.

    [bold]Examples[/bold]

        rapport learn history

        rapport learn history --html var/reports/learning.html
    """
    from rapport.gate_history import show_history
    from rapport.project import enter_project

    show_history(enter_project(), html, picture, as_json)


def entry() -> None:
    """Run only the entry that shares conversations out; `rapport up` does this while there is a canary.

    [bold]Example[/bold]

        rapport learn entry
    """
    from rapport.project import enter_project
    from rapport.rollout_running import run

    run(enter_project(server=True))


COMMANDS = (candidate, gate, models, promote, rollback, canary, shadow, cycle, watch, history, entry)
