"""The demo itself: from a running stack to the province's table.

In: settings of a stack that runs. Out: units registered, posts sent and counted; the table of the
month and the commands to try, on standard output.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from rich.console import Console

from demo.access import open_access
from demo.gateway import Gateway, open_gateway
from demo.next_steps import next_steps
from demo.province import DAYS_AGO_MAX, Unit, over_on, read_posts, read_units
from demo.send import register, send
from demo.settle import current_ratios, wait_until_judged, withdraw
from demo.table import province_table, title
from deploy.local.settings import LocalSettings
from shared.contracts import Ratio, WindowName
from shared.local_time import local_day, utc_now

# So early in a month few units have the posts that a status needs.
YOUNG_MONTH_DAYS = 9


def show_province(settings: LocalSettings, tell: Callable[[str], None]) -> None:
    """Feed the demo's posts, wait until all are counted, print tables and commands."""
    url = settings.service_url("gateway")
    with open_gateway(url) as anybody:
        anybody.call("GET", "/readyz")
    access = open_access(settings)
    units, posts = read_units(), read_posts()
    with open_gateway(url, access.api_key) as gateway:
        register(gateway, units)
        sent = send(gateway, posts, access.started_at)
        withdrawn = {sent.pop(post.external_id).post_id for post in posts if post.withdrawn}
        withdraw(gateway, withdrawn)
        last_day = local_day(access.started_at)
        wait_until_judged(gateway, sent.values(), last_day - timedelta(days=DAYS_AGO_MAX), last_day)
        tell(f"{len(sent)} posts are counted, {len(withdrawn)} were withdrawn")
        if last_day < local_day(utc_now()):
            tell(f"their days are those of the first run, {last_day}: make clean starts anew")
        ratios = _show_tables(gateway, units)
    tell(next_steps(settings, ratios))


def windows_on(today: date) -> tuple[WindowName, ...]:
    """Which tables are shown: the month's, and while it is young also one with enough posts."""
    return ("month", "rolling-30d") if today.day <= YOUNG_MONTH_DAYS else ("month",)


def _show_tables(gateway: Gateway, units: Sequence[Unit]) -> list[Ratio]:
    """Print a table for each window; the ratios that were printed last."""
    today = local_day(utc_now())
    ratios: list[Ratio] = []
    for window in windows_on(today):
        ratios = current_ratios(gateway, window, {unit.unit_id for unit in units})
        print(f"\n{title(ratios[0].window, today)}\n")
        Console(highlight=False).print(province_table(ratios, over_on(units, today)))
    return ratios
