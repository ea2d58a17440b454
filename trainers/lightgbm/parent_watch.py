"""Ends this process when the worker that started it has gone, so that a killed worker leaves nothing running."""

import ctypes
import os
import signal
import sys
import threading
import time

CHECK_SECONDS = 1.0
_PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Does nothing when started by hand: only Gauntlet sets GAUNTLET_PARENT_PID."""
    parent = os.environ.get("GAUNTLET_PARENT_PID", "")
    if not parent.isdigit():
        return
    worker = int(parent)
    direct = os.getppid() == worker
    if direct and sys.platform == "linux":
        # The kernel's own way, at once and even inside native code; the thread below is for everything else.
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    threading.Thread(target=_watch, args=(worker, direct), daemon=True, name="parent-watch").start()


def _watch(worker: int, direct: bool) -> None:
    while _is_alive(worker) and (not direct or os.getppid() == worker):
        time.sleep(CHECK_SECONDS)
    os._exit(1)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
