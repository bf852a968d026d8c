"""A long file is written behind the request's back: asked for, carried out by a worker, with how far it has come.

The work may be done twice: what was written is found the second time, and not written again.
"""

from __future__ import annotations

from collections.abc import Mapping

from server.services import jobs, parts
from server.services.importing import outcome, waiting
from server.services.importing.answers import answers_of
from server.services.importing.loading import company_of, load_known
from server.services.importing.messages import ImportProblem
from server.services.importing.plan import plan_import
from server.services.importing.reading import read_file
from server.services.importing.refused import refused_file
from server.services.importing.waiting import Waiting
from server.services.importing.writing import write_plan
from server.storage.database import writing

JOB = "import_file"


def ask_for(found: Waiting, user_id: str, form: Mapping[str, str], language: str) -> None:
    """Let a worker write a file that waits, with these answers."""
    waiting.begin(found, user_id, form, language)
    with writing() as connection:
        jobs.enqueue(connection, JOB, found.token)


def carry_out(token: str) -> None:
    """Write the file under a token, if it still waits for that. What the file does not allow is noted for its owner."""
    try:
        user_id = waiting.owner(token)
        found = waiting.find(token, user_id)
    except waiting.NotWaiting:
        return
    if found.outcome is not None or not found.begun:
        return
    language = str(found.begun["language"])

    def tell(done: int, whole: int) -> None:
        waiting.note_progress(found, user_id, done=done, all=whole)

    try:
        answers, known = answers_of(found.begun["form"]), load_known()
        source = read_file(waiting.content(token), found.name, encoding=answers.encoding)
        plan = plan_import(source, answers, known, company_of(parts.config()))
        written = write_plan(plan, known, author=user_id, progress=tell)
    except ImportProblem as problem:
        waiting.note_progress(found, user_id, wrong=problem.message.text(language))
        return
    told = outcome.as_json(plan, written, language)
    content, form = refused_file(plan, language) if plan.returned else (b"", "")
    waiting.finish(found, user_id, {**told, "refused_form": form}, content)
