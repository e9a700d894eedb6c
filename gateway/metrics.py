"""What Prometheus reads. Labels are short and from closed sets; no text of anybody is ever one."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """The counters of one process, in a registry of their own so that tests can have several."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.webhooks = Counter(
            "frontdesk_webhooks_total", "Webhook deliveries by outcome", ("channel", "result"), registry=self.registry
        )
        self.ignored = Counter(
            "frontdesk_webhooks_ignored_total", "Authentic deliveries that hold nothing for us", ("channel", "why"),
            registry=self.registry,
        )
        self.turns = Counter("frontdesk_turns_total", "Turns by outcome", ("result",), registry=self.registry)
        self.turn_seconds = Histogram(
            "frontdesk_turn_seconds", "From receiving a message to storing its answer", registry=self.registry,
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120),
        )
        self.deliveries = Counter(
            "frontdesk_deliveries_total", "Attempts to deliver by outcome", ("channel", "status"),
            registry=self.registry,
        )
        self.reaped = Counter(
            "frontdesk_leases_reaped_total", "Leases of vanished workers", ("queue",), registry=self.registry
        )
        self.inbound = Gauge("frontdesk_inbound", "Inbound messages by status", ("status",), registry=self.registry)
        self.outbound = Gauge("frontdesk_outbound", "Outbound messages by status", ("status",), registry=self.registry)
        self.oldest = Gauge(
            "frontdesk_inbound_oldest_seconds", "Age of the oldest message not yet dealt with", registry=self.registry
        )
