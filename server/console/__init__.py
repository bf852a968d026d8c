"""The head-office console: server-rendered pages, complete without JavaScript. `register` puts it into the app.

A subject is a module with a `blueprint`; what all pages share is in `page` (what templates may call), `access` (who may open
what), `headers`, `session`, `language` and `formats`.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from server.console import access, errors, headers, noted, page
from server.console.formats import FILTERS
from server.console.language import babel, language
from server.console.session import ConsoleSessions
from server.services.sensitive import Hidden
from server.storage.database import plan_by_values

SUBJECTS = (
    "signing_in",
    "directory",
    "second_factor",
    "account",
    "preferences",
    "inbox",
    "dashboard",
    "review",
    "customers",
    "visits",
    "orders",
    "products",
    "catalogue",
    "maps",
    "records",
    "photos",
    "devices",
    "books",
    "moves",
    "leaving",
    "quarantine",
    "merging",
    "operations",
    "reading",
    "releases",
    "users",
    "organisation",
    "imports",
    "messages",
    "message_lists",
    "message_rules",
    "jobs",
    "reminders",
    "reports",
    "figures",
    "backups",
)


def register(app: Flask) -> None:
    """Add the console to the app: sessions, languages, protection, pages."""
    app.session_interface = ConsoleSessions()
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)  # a token lives as long as its session
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # devices sign their requests; every console route checks, below
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    csrf = CSRFProtect(app)
    babel.init_app(app, locale_selector=language)
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.tests["hidden"] = lambda value: isinstance(value, Hidden)
    app.jinja_env.globals.update(page.GLOBALS)
    app.after_request(headers.add_headers)
    app.after_request(noted.note_view)
    app.after_request(errors.dress)  # runs first

    names = set()
    for subject in SUBJECTS:
        if find_spec(f"server.console.{subject}") is None:
            continue
        blueprint = import_module(f"server.console.{subject}").blueprint
        app.register_blueprint(blueprint)
        # On the app, by the blueprint's name: a blueprint itself takes hooks only before its first registration in a process.
        app.before_request_funcs.setdefault(blueprint.name, []).extend(
            (plan_by_values, access.load_user, headers.refuse_other_origins, csrf.protect)
        )
        errors.register(app, blueprint.name)
        names.add(blueprint.name)
    access.check_all_guarded(app, names)
