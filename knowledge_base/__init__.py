"""FAQ search. Matrices are multiplied by one thread each: numpy's library would start one per core, and where the cores
have other work, they wait for each other and use five times the time."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read once, when numpy is first imported
