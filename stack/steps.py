"""Running steps: say what is done, how long it took, and fail with one clear sentence."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from stack.layout import VAR

LOG = VAR / "log" / "setup.log"


class StepError(Exception):
    """A step that cannot go on; the text says the cause and the remedy."""


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print the step's name, then its time; errors pass through after the word "failed"."""
    started = time.monotonic()
    print(f"  {name:<44}", end="", file=sys.stderr, flush=True)
    outcome = "failed"
    try:
        yield
        outcome = f"{time.monotonic() - started:4.0f} s"
    finally:
        print(outcome, file=sys.stderr)


def run(
    command: Sequence[str | Path],
    user: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str | None = None,
    secret: bool = False,
) -> str:
    """Run a command, its output to the log; returns standard output.

    secret: standard output is a password or token and stays out of the log.  Raises
    StepError with the command's last lines.  A given user replaces root.
    """
    done = subprocess.run(
        [str(part) for part in command],
        user=user, group=user, extra_groups=[] if user else None,
        env=dict(env) if env is not None else None,
        cwd=cwd or VAR, input=stdin, capture_output=True, text=True, check=False,
    )
    with LOG.open("a") as log:
        said = "" if secret else done.stdout[-4000:]
        log.write(f"$ {' '.join(str(part) for part in command[:6])}\n{said}{done.stderr[-4000:]}\n")
    if done.returncode:
        tail = "\n".join((done.stderr or done.stdout).strip().splitlines()[-8:])
        name = Path(str(command[0])).name
        raise StepError(f"{name} failed:\n{tail}\nMore in {LOG}. Run the same command again after mending it.")
    return done.stdout


def wait_for(what: str, ready: Callable[[], bool], seconds: float = 60, log: Path | None = None) -> None:
    """Poll until ``ready`` says yes; StepError with the service's log when it does not in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ready():
            return
        time.sleep(0.2)
    tail = ""
    if log and log.exists():
        tail = "\n" + "\n".join(log.read_text(errors="replace").splitlines()[-10:])
    raise StepError(f"{what} did not answer within {seconds:.0f} s.{tail}\nSee {log or LOG}, then run it again.")
