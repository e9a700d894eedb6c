"""Who goes first where CPUs are scarce: the assistant.

It thinks on one core, a turn of ours wakes a thread some thirty times, and each time Linux would let us interrupt it in
the middle of a slice. As SCHED_BATCH (sched(7)) we take an idle core or wait for the end of a slice; our share stays
the same.
"""

import os
import threading


def give_way() -> None:
    """Wake without interrupting others: this process's threads, and those that they start. Does nothing where there is
    no such policy."""
    for thread in threading.enumerate():
        if thread.native_id is not None:
            _set("SCHED_BATCH", thread.native_id)


def be_as_others() -> None:
    """For a child process, which inherits."""
    _set("SCHED_OTHER", 0)


def _set(policy: str, thread: int) -> None:
    if hasattr(os, policy):
        os.sched_setscheduler(thread, getattr(os, policy), os.sched_param(0))
