"""Who calls, and whether the call is admitted: key, scope, quota.

In: a request. Out: the client, or a refusal. Verified keys are kept for some seconds, so that
reads do not wait for the database and go on while it is away.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.domain import api_key, rate_limit
from services.gateway.domain.access import Client, InvalidKey
from services.gateway.domain.rate_limit import Quota, QuotaExceeded
from services.gateway.settings import Settings
from services.gateway.store.clients import find_client
from shared.postgres import GONE, Pool
from shared.problems import Unavailable

# Whoever tries keys gets ten wrong ones a minute from one address.
GUESSES = Quota("guesses", requests=10, seconds=60, burst=10)
STALE_SECONDS_MAX = 600
_KEPT_MAX = 10_000


@dataclass(slots=True)
class Admission:
    """Admits requests; its memory is that of the process."""

    pool: Pool
    settings: Settings
    _clients: dict[bytes, tuple[Client, float]] = field(
        default_factory=dict[bytes, tuple[Client, float]]
    )
    _pace: dict[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])

    def quota(self) -> Quota:
        """What every client may send."""
        settings = self.settings
        return Quota("default", settings.requests_per_minute, 60, settings.requests_burst)

    async def client_of(self, authorization: str | None, address: str) -> Client:
        """The client whose key this is. Raises InvalidKey, QuotaExceeded, Unavailable."""
        scheme, _, key = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise InvalidKey(
                "Thiếu khóa API; hãy gửi tiêu đề Authorization: Bearer candoi_...",
                headers={"WWW-Authenticate": "Bearer"},
            )
        client = await self._find(key) if api_key.is_well_formed(key) else None
        if client is None:
            self.spend(GUESSES, address)
            raise InvalidKey(
                "Khóa API sai, đã hết hạn hoặc đã bị thu hồi; hãy xin trung tâm cấp khóa mới.",
                headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
            )
        return client

    async def _find(self, key: str) -> Client | None:
        digest, now = api_key.digest(key), monotonic()
        kept = self._clients.get(digest)
        if kept and now - kept[1] < self.settings.key_cache_seconds:
            return kept[0]
        try:
            async with self.pool.acquire(timeout=2) as connection:
                client = await find_client(connection, digest)
        except GONE as error:
            if kept and now - kept[1] < STALE_SECONDS_MAX:
                return kept[0]
            raise Unavailable("Chưa kiểm tra được khóa API; hãy thử lại sau ít giây.") from error
        self._clients.pop(digest, None)
        if client is not None:
            if len(self._clients) >= _KEPT_MAX:
                self._clients.clear()
            self._clients[digest] = (client, now)
        return client

    def spend(self, quota: Quota, who: str) -> Mapping[str, str]:
        """One request of the quota; what the headers say. Raises QuotaExceeded."""
        now = monotonic()
        admission = rate_limit.admit(self._pace.get((quota.name, who), 0.0), now, quota)
        headers = rate_limit.headers(quota, admission, now)
        if not admission.admitted:
            raise QuotaExceeded(
                f"Vượt quá {quota.requests} yêu cầu trong {quota.seconds} giây; "
                f"hãy thử lại sau {admission.retry_seconds} giây.",
                headers={**headers, "Retry-After": str(admission.retry_seconds)},
                members={
                    "type": rate_limit.QUOTA_EXCEEDED,
                    "violated-policies": [quota.name],
                },
            )
        if len(self._pace) >= _KEPT_MAX:
            # Whoever is not ahead of the pace needs no entry.
            self._pace = {one: at for one, at in self._pace.items() if at > now}
        self._pace[quota.name, who] = admission.pace_at
        return headers


class QuotaHeaders:
    """Adds the quota's headers to the answer of an admitted request, whatever made the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_with_quota(message: Message) -> None:
            state: Mapping[str, Any] = scope.get("state", {})
            headers: Mapping[str, str] = state.get("quota_headers", {})
            if message["type"] == "http.response.start" and headers:
                added = [(name.lower().encode(), text.encode()) for name, text in headers.items()]
                message["headers"] = [*message.get("headers", []), *added]
            await send(message)

        await self.app(scope, receive, send_with_quota)
