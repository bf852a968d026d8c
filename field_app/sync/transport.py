"""The way to a server: bytes there, bytes back. What they mean is the client's business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

ANSWER_LIMIT_BYTES = 64 * 1024 * 1024
CONNECT_TIMEOUT_S = 10
READ_TIMEOUT_S = 60
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class NoNetwork(Exception):
    """No server answered; or what answered was not our server (R3: a login page, a redirect, a wrong signature)."""


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response as it came. Args: headers: names in lower case. body: before any decoding."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport(Protocol):
    """Anything that carries a request to a server. Raises: NoNetwork."""

    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Send one request, return its answer."""
        ...


class HttpTransport:
    """HTTP to one server. `beside`: an exchange may go on in a thread of its own. Follows no redirect: a signed request is for the address it was signed for."""

    beside = True

    def __init__(self, url: str) -> None:
        import requests  # 0.3 s to import: the app is on the screen before it is needed

        self._url = url.rstrip("/")
        self._requests = requests
        self._session = requests.Session()
        self._session.trust_env = urlsplit(url).hostname not in _LOOPBACK  # no proxy reaches a server on this machine

    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Send one request, return its answer. Raises: NoNetwork."""
        try:
            with self._session.request(
                method,
                self._url + path,
                headers=dict(headers),
                data=body or None,
                timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
                allow_redirects=False,
                stream=True,
            ) as answer:
                raw = answer.raw.read(ANSWER_LIMIT_BYTES + 1, decode_content=False) if method != "HEAD" else b""
                if len(raw) > ANSWER_LIMIT_BYTES:
                    raise NoNetwork("the answer is larger than an answer may be")
                found = {name.lower(): value for name, value in answer.headers.items()}
                return Response(answer.status_code, found, raw)
        except (self._requests.RequestException, OSError) as error:
            raise NoNetwork(type(error).__name__) from error
        except Exception as error:  # what urllib3 raises while the body is read
            if type(error).__module__.startswith("urllib3"):
                raise NoNetwork(type(error).__name__) from error
            raise

    def close(self) -> None:
        """Close the connections."""
        self._session.close()
