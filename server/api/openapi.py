"""The OpenAPI document, derived from the schemas of messages and record types."""

from __future__ import annotations

from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from sync_protocol.messages import EnrolRequest, RenewRequest, SyncRequest
from sync_protocol.problems import BASE, PROBLEMS
from sync_protocol.records import record_types
from sync_protocol.version import APP_RELEASE


def document() -> dict[str, Any]:
    """The document, OpenAPI 3.1."""
    plugin = MarshmallowPlugin(schema_name_resolver=lambda schema: getattr(schema, "__name__", type(schema).__name__))
    spec = APISpec("Roundbook", APP_RELEASE, "3.1.0", info={"description": "See docs/protocol.md."}, plugins=[plugin])
    spec.components.schema("SyncRequest", schema=SyncRequest)
    spec.components.schema("EnrolRequest", schema=EnrolRequest)
    spec.components.schema("RenewRequest", schema=RenewRequest)
    for declared in record_types().values():
        if declared.__name__ not in spec.components.schemas:
            spec.components.schema(declared.__name__, schema=declared)
    spec.components.schema("Problem", _problem_schema())
    for name in ("Roundbook-Device", "Roundbook-Sent", "Roundbook-Signature"):
        spec.components.parameter(name, "header", {"required": True, "schema": {"type": "string"}})
    for path, operations in _paths().items():
        spec.path(path=path, operations=operations)
    found: dict[str, Any] = spec.to_dict()
    return found


def _problem_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "enum": [BASE + name for name in PROBLEMS]},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        },
    }


def _operation(
    summary: str, schema: str | None, *, done: int = 200, path: tuple[dict[str, Any], ...] = ()
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "summary": summary,
        "parameters": [*path, "Roundbook-Device", "Roundbook-Sent", "Roundbook-Signature"],
        "responses": {
            str(done): {"description": "Done; signed by the server."},
            "default": {"description": "A problem.", "content": {"application/problem+json": {"schema": "Problem"}}},
        },
    }
    if schema is not None:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return found


def _paths() -> dict[str, dict[str, Any]]:
    upload = ({"name": "upload", "in": "path", "required": True, "schema": {"type": "string"}},)
    snapshot = tuple(
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in ("book", "snapshot")
    )
    return {
        "/enrol/1": {"post": _operation("Make a device known.", "EnrolRequest")},
        "/renew/1": {"post": _operation("Make a forgotten device known again.", "RenewRequest")},
        "/sync/1": {"post": _operation("One round trip of sync.", "SyncRequest")},
        "/photos/1/": {"post": _operation("Begin a photo upload (tus 1.0).", None, done=201)},
        "/photos/1/{upload}": {
            "head": _operation("How far an upload has come.", None, path=upload),
            "patch": _operation("The next bytes of a photo.", None, done=204, path=upload),
        },
        "/books/{book}/snapshots/{snapshot}": {
            "get": _operation("A large book in one file, or a part of it.", None, path=snapshot)
        },
        "/healthz": {"get": {"summary": "The process answers.", "responses": {"200": {"description": "It does."}}}},
        "/readyz": {
            "get": {
                "summary": "The database is ready.",
                "responses": {"200": {"description": "It is."}, "503": {"description": "It is not."}},
            }
        },
    }
