"""Seals of the audit log kept outside the database, so that putting back an older database does not go unseen."""

from datetime import datetime
from pathlib import Path


class Anchors:
    """A file of lines "time number seal" in HOME; copy it to where the database's owner cannot write."""

    def __init__(self, home: Path) -> None:
        self.file = home / "audit-anchors.txt"

    def add(self, number: int, seal: str, now: datetime) -> None:
        """Remember the newest entry, unless it is the one remembered last."""
        if self.list_all()[-1:] == [(number, seal)]:
            return
        with self.file.open("a", encoding="ascii") as out:
            out.write(f"{now.isoformat(timespec='seconds')} {number} {seal}\n")

    def list_all(self) -> list[tuple[int, str]]:
        if not self.file.exists():
            return []
        lines = (line.split() for line in self.file.read_text(encoding="ascii").splitlines())
        return [(int(parts[1]), parts[2]) for parts in lines if len(parts) == 3]
