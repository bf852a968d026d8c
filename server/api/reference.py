"""What programs ask for beside sync: the OpenAPI document."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from server.api import openapi

blueprint = Blueprint("reference", __name__)


@blueprint.get("/openapi.json")
def openapi_document() -> Response:
    """The document that is derived from the schemas."""
    return jsonify(openapi.document())
