"""A work horse of the queue dies with its worker.

RQ gives the horse a process group of its own, so that a worker's ``kill -9`` leaves it
writing.  The fence would stop it, but late; Linux stops it at once.
"""

from __future__ import annotations

import ctypes
import os
import signal

import rq

_SET_DEATH_SIGNAL = 1


def die_with() -> None:
    """In a work horse: SIGKILL for this process when its parent dies.  Elsewhere nothing."""
    if rq.get_current_job() is None:
        return
    worker = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != worker:
        # it died before we asked
        os.kill(os.getpid(), signal.SIGKILL)
