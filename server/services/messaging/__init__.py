"""Text messages: the outbox, the gateways, what came back, lists and templates, and how all of it gets into the register."""
