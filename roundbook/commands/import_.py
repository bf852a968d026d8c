"""`roundbook import`: retailers, products and past orders from the Excel or CSV that a company has."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from roundbook.commands._server import head_office
from server.config import Config, ConfigError
from server.services import users
from server.services.importing import outcome
from server.services.importing.answers import LEAVE_OUT, Answers, Question
from server.services.importing.known import Known
from server.services.importing.loading import company_of, load_known
from server.services.importing.messages import ImportProblem, message
from server.services.importing.plan import ImportPlan, plan_import
from server.services.importing.questions import answered
from server.services.importing.reading import read_file
from server.services.importing.refused import refused_file
from server.services.importing.summary import summary
from server.services.importing.targets import Targets
from server.services.importing.writing import Written, write_plan
from sync_protocol.acts import may
from sync_protocol.fields import LANGUAGES

OPEN_QUESTIONS = 2  # the exit code


def _list_fields(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted or context.resilient_parsing:
        return
    for target in Targets().all:
        if not target.is_computed:
            labels = target.spec.labels
            click.echo(f"{target.key:<38} {labels.en} · {labels.zh_hans} · {labels.zh_hant}")
    context.exit()


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show what was understood; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object as the last line; never asks.")
@click.option("--yes", is_flag=True, help="Write without asking whether to.")
@click.option("--book-by", default="", metavar="COLUMN", help="New customers go into the book that this column names.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME=FIELD",
    help='What a column is, such as "Store Number=customer_code"; FIELD - leaves it out. May be given several times. '
    "NAME may be the column's letter.",
)
@click.option(
    "--fields", is_flag=True, is_eager=True, expose_value=False, callback=_list_fields, help="List all FIELDs."
)
@click.option(
    "--date-order", type=click.Choice(["dmy", "mdy"]), default=None, help="Whether the day or the month is first."
)
@click.option("--decimal-mark", type=click.Choice([".", ","]), default=None, help="What parts the decimals of numbers.")
@click.option(
    "--other-currency",
    type=click.Choice(["take", "refuse"]),
    default=None,
    help="Take amounts marked with another currency as the company's own, or refuse their rows.",
)
@click.option("--code-as-name", is_flag=True, help="New customers without a name are called by their code.")
@click.option("--encoding", default="", help="Of a CSV file, such as gb18030, big5, cp1252; found out by itself else.")
@click.option("--delimiter", default="", help="Of a CSV file; found out by itself else.")
@click.option("--no-heading", is_flag=True, help="The first line holds values; name columns by letter with --column.")
@click.option(
    "--refused",
    "refused_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where refused rows go, .csv or .xlsx.",
)
@click.option("--as", "login", default="", metavar="LOGIN", help="Who imports; the system itself if left out.")
@click.option("--language", type=click.Choice(LANGUAGES), default=None, help="Of what is shown and of the reasons.")
def command(
    file: Path,
    dry_run: bool,
    as_json: bool,
    yes: bool,
    book_by: str,
    columns: tuple[str, ...],
    date_order: str | None,
    decimal_mark: str | None,
    other_currency: str | None,
    code_as_name: bool,
    encoding: str,
    delimiter: str,
    no_heading: bool,
    refused_path: Path | None,
    login: str,
    language: str | None,
) -> None:
    """Import retailers, products and past orders from FILE: Excel (.xlsx) or CSV.

    Shows what it understood before it writes. What it cannot take comes back as a file with the reasons; corrected, that
    file can be imported. The same file again writes nothing.
    """
    began = time.monotonic()
    config = _config()
    language = language or config.language
    answers = Answers(
        columns=_pairs(columns),
        date_order=date_order or "",
        decimal_mark=decimal_mark or "",
        other_currency=other_currency or "",
        book_by=book_by,
        encoding=encoding,
        delimiter="\t" if delimiter in ("\\t", "tab") else delimiter,
        has_heading=not no_heading,
        code_as_name=code_as_name,
    )
    asks = not as_json and _somebody_is_there()
    with _database(config, dry_run=dry_run) as known, _told(language):
        author = _author(login)
        plan = _understand(file, answers, known, config, language, asks=asks and not yes, as_json=as_json)
        written = None
        if (
            not plan.questions
            and not dry_run
            and (yes or not asks or click.confirm(_say("sum.go-on", language), default=True))
        ):
            with _bar(sum(not wanted.is_same for wanted in plan.records)) as bar:
                written = write_plan(plan, known, author=author, progress=bar)
        path = _write_refused(plan, file, refused_path, language) if written or (dry_run and refused_path) else None
    _end(plan, written, path, language, dry_run=dry_run, as_json=as_json)
    if as_json:
        found = outcome.as_json(plan, written, language)
        found |= {
            "refused_file": str(path) if path else None,
            "dry_run": dry_run,
            "seconds": round(time.monotonic() - began, 2),
        }
        click.echo(json.dumps(found, ensure_ascii=False))
    if plan.questions:
        sys.exit(OPEN_QUESTIONS)


def _somebody_is_there() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _config() -> Config:
    try:
        return Config.from_environment()
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


def _pairs(columns: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for pair in columns:
        name, equals, field = pair.rpartition("=")
        if not equals or not name:
            raise click.BadParameter(f'{pair!r} is not of the form "NAME=FIELD"', param_hint="--column")
        pairs[name.strip()] = field.strip() or LEAVE_OUT
    return pairs


@contextmanager
def _database(config: Config, *, dry_run: bool) -> Iterator[Known]:
    """What is there already. A trial makes no database where there is none."""
    path = Path(config.database_url.removeprefix("sqlite:///"))
    if dry_run and config.is_sqlite and not path.exists():
        yield Known()
        return
    with head_office():
        yield load_known()


@contextmanager
def _told(language: str) -> Iterator[None]:
    try:
        yield
    except ImportProblem as problem:
        raise click.ClickException(problem.message.text(language)) from problem


def _author(login: str) -> str:
    if not login:
        return users.SYSTEM
    user = users.by_login(login)
    if user is None or not may(user.roles, "import"):
        raise click.ClickException(f"{login} is no user who may import; `roundbook user list` shows who there is")
    return user.id


def _say(code: str, language: str, **values: Any) -> str:
    return message(code, **values).text(language)


def _understand(
    file: Path, answers: Answers, known: Known, config: Config, language: str, *, asks: bool, as_json: bool
) -> ImportPlan:
    """Read, plan, show; ask what is open, as long as there is somebody to ask."""
    source = read_file(file.read_bytes(), file.name, encoding=answers.encoding, delimiter=answers.delimiter)
    company = company_of(config)
    plan = plan_import(source, answers, known, company)
    while plan.questions and asks:
        question = plan.questions[0]
        answers = answered(answers, question, _ask(question, language), plan.columns)
        plan = plan_import(source, answers, known, company)
    for line in summary(plan, language):
        click.echo(line, err=as_json)
    return plan


def _ask(question: Question, language: str) -> str:
    click.echo(f"\n? {question.message.text(language)}")
    for number, choice in enumerate(question.choices, 1):
        click.echo(f"  {number}  {choice.labels[language]}")
    while True:
        text = str(click.prompt(f"  {_say('sum.choose', language)}")).strip()
        if text.isdecimal() and 1 <= int(text) <= len(question.choices):
            return question.choices[int(text) - 1].value
        if text == LEAVE_OUT or text in {choice.value for choice in question.choices}:
            return text
        if question.kind == "column" and Targets().named(text):
            return text


@contextmanager
def _bar(total: int) -> Iterator[Any]:
    with tqdm(total=total, unit="", disable=None if total else True, file=sys.stderr) as bar:
        yield lambda done, _: bar.update(done - bar.n)


def _write_refused(plan: ImportPlan, file: Path, wish: Path | None, language: str) -> Path | None:
    """The rows that come back beside the file, or here where one may not write there."""
    if not plan.returned:
        return None
    content, form = refused_file(plan, language, form=wish.suffix[1:].lower() if wish else "")
    folder = file.parent if os.access(file.parent, os.W_OK) else Path.cwd()
    path = wish or folder / f"{file.stem.removesuffix('-refused')}-refused.{form}"
    path.write_bytes(content)
    return path


def _end(
    plan: ImportPlan, written: Written | None, path: Path | None, language: str, *, dry_run: bool, as_json: bool
) -> None:
    click.echo("", err=as_json)
    if plan.questions:
        click.echo(_say("questions.open", language, count=len(plan.questions)), err=True)
    elif dry_run or written is None:
        click.echo(_say("sum.dry", language), err=as_json)
    elif not written.sets:
        click.echo(_say("sum.nothing-new", language), err=as_json)
    else:
        new, changed = written.new.total(), written.changed.total()
        click.echo(_say("sum.written", language, new=new, changed=changed), err=as_json)
    if path:
        click.echo(_say("sum.refused-file", language, path=str(path)), err=as_json)
