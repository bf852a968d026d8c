"""`roundbook worker`: works off the jobs; and what an operator asks about them."""

from __future__ import annotations

import click


@click.command("worker")
@click.option("--burst", is_flag=True, help="Do what waits, then end.")
@click.option("--status", is_flag=True, help="Show what is due, running and failed, and why; do nothing.")
@click.option("--retry", "retry_id", type=int, metavar="JOB", help="Give the failed job of this number a fresh start.")
def command(burst: bool, status: bool, retry_id: int | None) -> None:
    """Work off the jobs that wait: thumbnails, and whatever else is done behind a request's back.

    As many workers as you like may run at the same time. SIGTERM lets a worker finish the job in hand and end; a second
    SIGTERM ends it at once, and the job is done by another.
    """
    from workers import start

    try:
        with start.make_app().app_context():
            if status:
                show_status()
            elif retry_id is not None:
                give_fresh_start(retry_id)
            else:
                work(burst)
    except start.NotReady as problem:
        raise click.ClickException(str(problem)) from problem


def work(burst: bool) -> None:
    """Be a worker, until told to stop."""
    from server.services import parts
    from workers import service, start

    redis_url = start.ready_redis(parts.config().redis_url)
    start.ready_tables()
    start.log_to_stderr()
    service.work(redis_url, burst=burst)


def show_status() -> None:
    """Print the number of jobs in each state, and those that are not done."""
    from server.services import jobs
    from server.storage.database import reading
    from workers import start

    start.ready_tables(within_s=0)
    with reading() as connection:
        counts = jobs.counts(connection)
        shown = jobs.listed(connection, jobs.FAILED, jobs.RUNNING, jobs.DUE)
    click.echo("  ".join(f"{state} {number}" for state, number in counts.items()))
    for one in shown:
        reason = f"  {one.error}" if one.error else ""
        click.echo(f"{one.job_id:>8}  {one.state:<8}{one.name} {one.argument}  attempts {one.attempts}{reason}")


def give_fresh_start(job_id: int) -> None:
    """Put a failed job on the queue again."""
    from server.services import jobs
    from server.storage.database import writing
    from workers import start

    start.ready_tables(within_s=0)
    with writing() as connection:
        if not jobs.retry(connection, job_id):
            raise click.ClickException(f"There is no failed job {job_id}; `roundbook worker --status` lists them.")
    click.echo(f"Job {job_id} is due again.")
