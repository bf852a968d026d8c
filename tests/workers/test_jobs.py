"""A job is a row: what may happen to it, and who may say so."""

import pytest

from server.services import jobs
from server.storage.database import reading, writing

pytestmark = pytest.mark.parametrize("office", ["sqlite", "postgresql"], indirect=True)

NOW = 1_800_000_000_000
MINUTE = 60_000


def lease(job_id, now, *, name="write", attempts=5):
    with writing() as connection:
        return jobs.lease(connection, name, job_id, now=now, until=now + MINUTE, most_attempts=attempts)


def settle(settling, held, *arguments, **options):
    with writing() as connection:
        return settling(connection, held, *arguments, **options)


def test_the_bell_rings_after_the_commit_and_not_before(office):
    with writing() as connection:
        job_id = jobs.enqueue(connection, "write", "")
        before = office.bells()

    assert before == []
    assert office.bells() == [f"write-{job_id}".encode()]


def test_a_transaction_that_is_rolled_back_leaves_no_job_and_rings_no_bell(office):
    try:
        with writing() as connection:
            jobs.enqueue(connection, "write", "")
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    with reading():
        pass

    assert office.rows("write") == []
    assert office.bells() == []


def test_a_job_for_later_rings_no_bell_now(office):
    office.enqueue("write", due_at=jobs.now_ms() + MINUTE)

    assert office.bells() == []


def test_there_is_one_job_with_a_unique_key_even_after_it_is_done(office):
    job_id = office.enqueue("write", unique="the report of May", due_at=NOW)
    settle(jobs.finish, lease(job_id, NOW), NOW)

    with writing() as connection:
        second = jobs.enqueue(connection, "write", "", unique="the report of May")

    assert second is None
    assert [row.state for row in office.rows("write")] == ["done"]


def test_a_leased_job_is_nobody_elses_until_the_lease_ends(office):
    job_id = office.enqueue("write", "shop", due_at=NOW)

    first = lease(job_id, NOW)

    assert (first.argument, first.fence, first.attempts) == ("shop", 1, 1)
    assert lease(job_id, NOW + MINUTE - 1) is None
    assert lease(job_id, NOW + MINUTE).fence == 2


def test_a_worker_that_lost_its_lease_settles_nothing(office):
    job_id = office.enqueue("write", due_at=NOW)
    first = lease(job_id, NOW)
    second = lease(job_id, NOW + MINUTE)

    assert not settle(jobs.finish, first, NOW)
    assert not settle(jobs.fail, first, "too late", now=NOW, again_at=None)
    assert not settle(jobs.renew, first, NOW + 10 * MINUTE)
    assert settle(jobs.finish, second, NOW)
    assert not settle(jobs.finish, second, NOW)


def test_a_job_is_not_taken_before_it_is_due_nor_under_another_name(office):
    job_id = office.enqueue("write", due_at=NOW)

    assert lease(job_id, NOW - 1) is None
    assert lease(job_id, NOW, name="thumbnail") is None
    assert lease(job_id + 1, NOW) is None
    assert office.row(job_id).attempts == 0


def test_a_failed_attempt_says_why_and_is_due_again_later(office):
    job_id = office.enqueue("write", due_at=NOW)

    settle(jobs.fail, lease(job_id, NOW), "ValueError: the ink ran out", now=NOW, again_at=NOW + MINUTE)

    row = office.row(job_id)
    assert (row.state, row.due_at, row.error) == ("due", NOW + MINUTE, "ValueError: the ink ran out")
    assert lease(job_id, NOW + 1) is None
    assert lease(job_id, NOW + MINUTE).attempts == 2


def test_a_job_whose_workers_die_is_given_up_after_its_attempts_and_says_so(office):
    job_id = office.enqueue("write", due_at=NOW)
    for attempt in range(3):
        assert lease(job_id, NOW + attempt * MINUTE, attempts=3) is not None

    assert lease(job_id, NOW + 3 * MINUTE, attempts=3) is None

    row = office.row(job_id)
    assert row.state == "failed"
    assert "Given up after 3 attempts" in row.error


def test_an_operator_gives_a_failed_job_a_fresh_start(office):
    job_id = office.enqueue("write", due_at=NOW)
    settle(jobs.fail, lease(job_id, NOW), "no", now=NOW, again_at=None)

    with writing() as connection:
        assert jobs.retry(connection, job_id)

    assert (office.row(job_id).state, office.row(job_id).attempts) == ("due", 0)
    assert office.bells() == [f"write-{job_id}".encode()]
    with writing() as connection:
        assert not jobs.retry(connection, job_id)


def test_an_operator_sees_how_many_jobs_there_are_and_why_one_failed(office):
    job_id = office.enqueue("write", "shop", due_at=NOW)
    settle(jobs.fail, lease(job_id, NOW), "ValueError: no", now=NOW, again_at=None)
    office.enqueue("write", due_at=NOW)

    with reading() as connection:
        assert jobs.counts(connection) == {"due": 1, "running": 0, "done": 0, "failed": 1}
        (failed,) = jobs.listed(connection, "failed")

    assert (failed.job_id, failed.argument, failed.error) == (job_id, "shop", "ValueError: no")


def test_jobs_that_were_done_long_ago_are_forgotten_and_failed_ones_are_not(office):
    done, failed, fresh = (office.enqueue("write", due_at=NOW) for _ in range(3))
    settle(jobs.finish, lease(done, NOW), NOW)
    settle(jobs.fail, lease(failed, NOW), "no", now=NOW, again_at=None)
    settle(jobs.finish, lease(fresh, NOW), NOW + MINUTE)

    with writing() as connection:
        assert jobs.forget_done(connection, NOW + 1) == 1

    assert [row.id for row in office.rows("write")] == [failed, fresh]
