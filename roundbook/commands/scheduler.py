"""`roundbook scheduler`: puts jobs on the queue when they are due, and rings for those that wait."""

from __future__ import annotations

import signal
import threading

import click


@click.command("scheduler")
@click.option("--once", is_flag=True, help="Do one round, then end.")
def command(once: bool) -> None:
    """Put jobs that come again and again on the queue when they are due, and ring for every job that waits.

    One scheduler is enough; a second one does no harm. What fell due while none was running is made up once.
    """
    from server.services import parts
    from workers import schedule, start

    try:
        with start.make_app().app_context():
            start.ready_redis(parts.config().redis_url)
            start.ready_tables()
            start.log_to_stderr()
            scheduled = schedule.schedule(parts.config().time_zone)
            if once:
                schedule.tick(scheduled)
                return
            stopping = threading.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stopping.set())
            schedule.run(scheduled, stopping)
    except start.NotReady as problem:
        raise click.ClickException(str(problem)) from problem
