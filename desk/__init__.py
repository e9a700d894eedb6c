"""The pure core: what was said, who answers, what we still owe the customer. No I/O."""
