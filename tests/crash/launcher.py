"""Starts gateway processes that may be killed: imports everything once, then forks one for each line it reads.

A line names the roles ("serve", "worker" or "serve worker"); the answer is the new process's id. A fork starts in
milliseconds where importing takes seconds, so a test can afford many kills. Ends with its input.
"""

import asyncio
import gc
import os
import signal
import sys
from dataclasses import replace

from gateway.runtime import Runtime
from knowledge_base.service import LiveFaq
from wiring.logging import configure_logging
from wiring.services import StoredArticles, build_services
from wiring.settings import load_settings


def run(roles: list[str]) -> None:
    configure_logging("WARNING", plain=True)
    services = build_services(load_settings(env_file=None))
    # Without vectors the FAQ starts at once; what it finds is nobody's concern here.
    services = replace(services, faq=LiveFaq(StoredArticles(services.store), None))
    runtime = Runtime(services, serve="serve" in roles, work="worker" in roles)
    runtime.prepare()
    asyncio.run(runtime.run())


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the killed leave no zombies
    gc.freeze()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(0)
            run(line.split())
            os._exit(0)
        sys.stdout.write(f"{process}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
