"""What every gateway can do: send one message, read a report, read a reply. What it cannot know it says."""

from __future__ import annotations

import hashlib
import hmac
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import requests

from server.sms_config import SmsConfig

CONNECT_S = 5.0
ANSWER_S = 20.0
AT_ONCE_OVER_HTTP = 4
_NO_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message as a gateway sends it. `template_code`, `params`: for gateways that take no free text."""

    id: str
    phone: str
    text: str
    encoding: str
    parts: int
    template_code: str = ""
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sent:
    """The gateway has it. `gateway_id`: its own name for it, "" if it gave none."""

    gateway_id: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The gateway will not send it, now or later."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotTaken:
    """The gateway certainly does not have it; it may be tried again. `away`: nobody answered, or not to us."""

    reason: str
    away: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can tell whether it went out. It is never sent again by itself."""

    reason: str


Outcome = Sent | Refused | NotTaken | Unknown


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a message: `message` is our id, or "" where the gateway only says its own `gateway_id`.

    `state`: sent, delivered, failed. `code`: the gateway's own word for it. `at`: ms, None for now.
    """

    state: str
    code: str
    gateway_id: str
    message: str = ""
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A text message that somebody sent us. `gateway_id` is the same when the gateway tells us twice."""

    phone: str
    text: str
    gateway_id: str
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A gateway's call on us, as it came. `url`: as the gateway called it. `values`: query and form. `token`: of the path."""

    url: str
    token: str
    values: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


class Forged(Exception):
    """A report or reply that is not from the gateway."""


def ignore(_heard: Report | Reply) -> None:
    """Keep nothing."""


class Gateway(ABC):
    """One gateway. It keeps nothing in mind that counts, so each process may have its own."""

    name: str = ""
    answer: tuple[str, str] = ("", "text/plain")  # what it wants to hear, and as which media type
    at_once: int = 1  # how many calls it bears at the same time
    must_be_asked: bool = False  # it does not call us: somebody has to listen now and then

    def __init__(self, config: SmsConfig, secret: bytes, heard: Callable[[Report | Reply], None] = ignore) -> None:
        """Connects nowhere yet.

        Args: secret: 32 bytes, from which the tokens in addresses are made. heard: keeps a report or reply that comes
            over an open connection, before the gateway is told that we have it.
        """
        self.config, self._secret, self.heard = config, secret, heard

    @abstractmethod
    def send(self, message: Outgoing) -> Outcome:
        """Hand over one message. Never raises for what the gateway or the network does."""

    def reports(self, call: Call) -> Sequence[Report]:
        """What a call on the report address says. Raises: Forged; ValueError if it cannot be read."""
        raise Forged

    def replies(self, call: Call) -> Sequence[Reply]:
        """What a call on the reply address says. Raises: Forged; ValueError if it cannot be read."""
        raise Forged

    def listen(self) -> None:  # noqa: B027  (most have nothing to do)
        """Hear what waits at a gateway that has to be asked."""

    def close(self) -> None:  # noqa: B027
        """Let go of the connection, if there is one."""

    def token(self, of: str) -> str:
        """The token in an address that only the gateway was told. Args: of: a message's id, "reports" or "replies"."""
        return hmac.new(self._secret, f"{self.name}/{of}".encode(), hashlib.sha256).hexdigest()[:32]

    def check_token(self, call: Call, of: str) -> None:
        """Raises: Forged, if the call does not carry the token."""
        if not hmac.compare_digest(call.token.encode(), self.token(of).encode()):
            raise Forged

    def address(self, what: str, token: str) -> str:
        """Where the gateway reaches us. Args: what: "reports" or "replies"."""
        return f"{self.config.callback}/messages/1/{self.name}/{what}/{token}"


def over_http(method: str, url: str, **options: object) -> requests.Response | NotTaken | Unknown:
    """One call. A connection that never stood has carried nothing; one that broke later may have."""
    try:
        return requests.request(method, url, timeout=(CONNECT_S, ANSWER_S), allow_redirects=False, **options)  # type: ignore[arg-type]
    except (requests.exceptions.ConnectTimeout, requests.exceptions.ProxyError, requests.exceptions.SSLError):
        return NotTaken("unreachable", away=True)
    except requests.exceptions.ConnectionError as error:
        return NotTaken("unreachable", away=True) if _never_stood(error) else Unknown("connection-lost")
    except _NO_ADDRESS:
        return NotTaken("no-such-address", away=True)
    except requests.exceptions.ReadTimeout:
        return Unknown("no-answer")
    except requests.exceptions.RequestException as error:
        return Unknown(type(error).__name__)


def _never_stood(error: requests.exceptions.ConnectionError) -> bool:
    from urllib3.exceptions import MaxRetryError, NewConnectionError

    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
