"""What gateways tell us: reports on messages that we sent, and messages that people sent to us."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, abort, request

from server.services.messaging import incoming
from server.services.messaging.gateways.base import Call, Forged

blueprint = Blueprint("messages_api", __name__, url_prefix="/messages/1")
LONGEST_CALL = 1024 * 1024

_log = logging.getLogger("roundbook.messages")


@blueprint.route("/<gateway>/reports/<token>", methods=["GET", "POST"])
def reports(gateway: str, token: str) -> Response:
    """Delivery reports, in the form of the gateway that is configured."""
    return _take(gateway, token, incoming.take_reports)


@blueprint.route("/<gateway>/replies/<token>", methods=["GET", "POST"])
def replies(gateway: str, token: str) -> Response:
    """Messages from telephones, in the form of the gateway that is configured."""
    return _take(gateway, token, incoming.take_replies)


def _take(gateway: str, token: str, take: incoming.Take) -> Response:
    if (request.content_length or 0) > LONGEST_CALL:
        abort(413)
    body = request.get_data(cache=True)
    values = {**request.args.to_dict(), **request.form.to_dict()}
    called = incoming.public_address(request.full_path if request.query_string else request.path)
    call = Call(called, token, values, dict(request.headers.items()), body)
    try:
        text, media_type = take(gateway, call)
    except Forged:
        _log.warning("refused gateway=%s what=%s reason=not from the gateway", gateway[:20], request.path.split("/")[4])
        abort(404)
    except (KeyError, ValueError, TypeError):
        _log.warning("refused gateway=%s reason=cannot be read", gateway[:20])
        abort(400)
    return Response(text, 200, content_type=media_type)
