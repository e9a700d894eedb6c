"""The console's sections and settings pages: an area adds one line here and its words (`nav.<name>`) to its texts."""

from dataclasses import dataclass

from desk.agents import Role
from desk.permissions import Permission, may


@dataclass(frozen=True, slots=True)
class Entry:
    """A link. `also` are further paths on which it is the current one; `count` names a field of reading.Counts."""

    name: str
    address: str
    permission: Permission = Permission.READ
    also: tuple[str, ...] = ()
    count: str = ""

    def covers(self, path: str) -> int:
        """How many characters of the path are this entry's; 0 when it is not the current one."""
        places = (self.address, *self.also)
        return max((len(place) for place in places if path == place or path.startswith(f"{place}/")), default=0)


# A section appears in the rail when a role may see at least one of its entries, in this order.
SECTIONS: dict[str, tuple[Entry, ...]] = {
    "inbox": (
        Entry("inbox", "/console/inbox", also=("/console/conversations",)),
        Entry("deliveries", "/console/deliveries", count="deliveries"),
    ),
    "tickets": (
        Entry("tickets", "/console/tickets", count="tickets"),
        Entry("compensations", "/console/compensations"),
        Entry("causes", "/console/causes"),
    ),
    "customers": (
        Entry("customers", "/console/customers"),
    ),
    "faq": (
        Entry("faq", "/console/faq"),
    ),
    "campaigns": (
        Entry("campaigns", "/console/campaigns"),
        Entry("surveys", "/console/surveys"),
        Entry("consents", "/console/consents"),
    ),
    "reports": (
        Entry("reports", "/console/reports", Permission.INSPECT),
        Entry("programme", "/console/programme", Permission.INSPECT),
        Entry("wallboard", "/console/wallboard"),
    ),
    "settings": (
        Entry("settings", "/console/settings", Permission.OWN, count="stopped"),
    ),
}

# The pages of /console/settings, by heading (`settings.<heading>`); each has a line about it, `nav.<name>.about`.
SETTINGS: dict[str, tuple[Entry, ...]] = {
    "own": (
        Entry("account", "/console/settings/account", Permission.OWN),
        Entry("security", "/console/settings/security", Permission.OWN),
        Entry("tokens", "/console/settings/tokens", Permission.OWN),
    ),
    "people": (
        Entry("people", "/console/settings/people", Permission.AUDIT),
        Entry("audit", "/console/settings/audit", Permission.AUDIT),
    ),
    "desk": (
        Entry("calendar", "/console/settings/calendar"),
        Entry("staffing", "/console/settings/staffing"),
        Entry("canned", "/console/settings/canned"),
        Entry("sla", "/console/settings/sla"),
        Entry("categories", "/console/settings/categories"),
        Entry("compensation", "/console/settings/compensation"),
        Entry("value", "/console/settings/value", Permission.LEAD),
    ),
    "connections": (
        Entry("webhooks", "/console/settings/webhooks", Permission.AUDIT),
    ),
}


@dataclass(frozen=True, slots=True)
class Link:
    entry: Entry
    is_here: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A section of the rail, or a heading of the settings, with what this role may see of it."""

    name: str
    links: tuple[Link, ...]

    @property
    def address(self) -> str:
        return self.links[0].entry.address

    @property
    def is_here(self) -> bool:
        return any(link.is_here for link in self.links)


def rail(role: Role, path: str) -> tuple[Group, ...]:
    return _groups(SECTIONS, role, path)


def settings(role: Role, path: str) -> tuple[Group, ...]:
    return _groups(SETTINGS, role, path)


def _groups(registry: dict[str, tuple[Entry, ...]], role: Role, path: str) -> tuple[Group, ...]:
    entries = [entry for group in registry.values() for entry in group]
    here = max(entries, key=lambda entry: entry.covers(path))
    is_any_here = here.covers(path) > 0
    groups = (
        Group(name, tuple(
            Link(entry, is_any_here and entry is here) for entry in group if may(role, entry.permission)
        ))
        for name, group in registry.items()
    )
    return tuple(group for group in groups if group.links)
