"""Jobs about text messages. None of them can send a message twice: see server/services/messaging/outbox.py."""

from __future__ import annotations

from server.services import jobs
from server.services.messaging import filing, outbox, sending, wanted
from server.storage.database import writing


def send_messages(_argument: str) -> None:
    """Send what is due, for a while; what is left then gets a job of its own."""
    if sending.send_due():
        with writing() as connection:
            jobs.ask_for(connection, outbox.SEND_JOB)


def take_up_messages(_argument: str) -> None:
    """Put into the outbox what was written in the field app."""
    while wanted.take_up() == wanted.AT_A_TIME:
        pass


def file_messages(_argument: str) -> None:
    """Write into the register what became of messages, and what customers replied."""
    while filing.file_all() > filing.AT_A_TIME:
        pass


def hear_messages(_argument: str) -> None:
    """Ask a gateway that does not call us what it has."""
    sending.listen()
