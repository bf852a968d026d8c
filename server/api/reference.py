"""What programs ask for beside sync: the OpenAPI document, snapshots."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from server.api import openapi, signed
from sync_protocol.problems import Problem

blueprint = Blueprint("reference", __name__)


@blueprint.get("/openapi.json")
def openapi_document() -> Response:
    """The document that is derived from the schemas."""
    return jsonify(openapi.document())


@blueprint.get("/books/<book>/snapshots/<snapshot>")
def snapshot(book: str, snapshot: str) -> Response:
    """Stored snapshots (§8): this release sends a first load in pages."""
    signed.device(b"")
    raise Problem("not-built", "This release offers no snapshots; a first load comes in pages of POST /sync/1.")
