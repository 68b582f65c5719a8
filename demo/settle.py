"""Until everything that was sent is counted.

In: posts that the log has. Out: nothing pending, and the figures of all units as they then are.
"""

from collections.abc import Iterable, Mapping, Set
from datetime import date
from functools import partial
from itertools import islice

import msgspec

from demo.gateway import Gateway
from demo.progress import progress
from demo.send import Accepted
from demo.waiting import until
from shared.contracts import Ratio, WindowName

JUDGED_SECONDS = 300.0
COUNTED_SECONDS = 60.0
# Posts that somebody has withdrawn by hand are few.
LOOKED_UP_MAX = 20


def withdraw(gateway: Gateway, post_ids: Iterable[str]) -> None:
    """Take the posts out of the counts; what is withdrawn already stays so."""
    for post_id in post_ids:
        until(
            partial(_withdrawn, gateway, post_id),
            seconds=COUNTED_SECONDS,
            what=f"post {post_id} is withdrawn",
        )


def _withdrawn(gateway: Gateway, post_id: str) -> bool:
    # 404: ratio has not read of the post yet. 202: it has not read of the withdrawal yet.
    answer = gateway.call("DELETE", f"/v1/posts/{post_id}", expected=(404,))
    return answer.status_code == 200


def wait_until_judged(
    gateway: Gateway, accepted: Iterable[Accepted], first_day: date, last_day: date
) -> None:
    """Wait until the accepted revision of each post is judged. Raises NotInTime.

    Sums would not do: a corrected post counts with its old verdict until the new one is there.
    """
    waiting = {post.post_id: post.revision for post in accepted}
    total, days = len(waiting), {"from": str(first_day), "to": str(last_day)}
    with progress("posts judged", total) as told:

        def all_judged() -> bool:
            for post_id in _settled(gateway, waiting, days):
                del waiting[post_id]
            told(total - len(waiting))
            return not waiting

        until(all_judged, seconds=JUDGED_SECONDS, what=f"all of {total} posts are judged")


def _settled(gateway: Gateway, waiting: Mapping[str, str], days: Mapping[str, str]) -> list[str]:
    """Those that are judged as sent, or that somebody has withdrawn since an earlier run."""
    listed = {post["post_id"]: post for post in gateway.items("/v1/posts", days)}
    judged = [
        post_id
        for post_id, revision in waiting.items()
        if (post := listed.get(post_id)) and post["label"] and post["revision"] == revision
    ]
    unlisted = (post_id for post_id in waiting if post_id not in listed)
    looked_up = islice(unlisted, LOOKED_UP_MAX)
    return judged + [post_id for post_id in looked_up if _is_withdrawn(gateway, post_id)]


def _is_withdrawn(gateway: Gateway, post_id: str) -> bool:
    answer = gateway.call("GET", f"/v1/posts/{post_id}", expected=(404,))
    return answer.is_success and answer.json()["withdrawn_at"] is not None


def current_ratios(gateway: Gateway, window: WindowName, unit_ids: Set[str]) -> list[Ratio]:
    """The province's ratios, highest share first, once they hold all that is counted.

    The list comes from the gateway's memory, which follows the counts; a range of days is
    answered from the counts themselves. Raises NotInTime.
    """

    def caught_up() -> list[Ratio] | None:
        items = gateway.items("/v1/ratios", {"window": window, "sort": "-negative_share"})
        ratios = [msgspec.convert(item, Ratio) for item in items]
        whole = unit_ids <= {ratio.unit_id for ratio in ratios}
        return ratios if whole and all(_is_current(gateway, one) for one in ratios) else None

    return until(caught_up, seconds=COUNTED_SECONDS, what="the ratios hold all that is counted")


def _is_current(gateway: Gateway, ratio: Ratio) -> bool:
    days = {"from": str(ratio.window.first_day), "to": str(ratio.window.last_day)}
    answer = gateway.call("GET", f"/v1/units/{ratio.unit_id}/ratio", params=days)
    counted = msgspec.convert(answer.json(), Ratio)
    return counted.pending == 0 and counted.counts == ratio.counts
