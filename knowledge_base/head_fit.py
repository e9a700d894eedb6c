"""Fit a head in a process of its own: `python -m knowledge_base.head_fit` reads a task and writes the head.

It gives way to whoever serves people: its priority is the lowest, and the memory that fitting takes goes with it.
"""

import os
import sys

from knowledge_base.head import Head
from knowledge_base.head_files import packed, unpacked_task

if __name__ == "__main__":
    os.nice(19)
    sys.stdout.buffer.write(packed(Head.fit(*unpacked_task(sys.stdin.buffer.read()))))
