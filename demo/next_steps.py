"""What to try next: commands that can be pasted as they are.

In: settings, the ratios that were shown. Out: lines of text.
"""

import json
import os
import shlex
from collections.abc import Sequence
from urllib.parse import urlencode

from demo.access import env_file
from deploy.local.settings import ROOT, LocalSettings
from shared.contracts import Ratio

CURL = 'curl -sS -w "\\n" -H "Authorization: Bearer $CANDOI_API_KEY"'
REPORT = "bao-cao.docx"
TO_JUDGE = {
    "title": "Bắt nhóm trộm cắp xe máy trên địa bàn phường",
    "text": "Công an phường vừa bắt giữ ba đối tượng gây ra hàng loạt vụ trộm.",
}


def next_steps(settings: LocalSettings, ratios: Sequence[Ratio]) -> str:
    """How to ask for a unit's ratio, the posts behind it, a report, and a verdict on a text of
    one's own."""
    # The first with negative posts: there is something to see behind its figure.
    shown = next((ratio for ratio in ratios if ratio.counts.tieu_cuc), ratios[0])
    days = {"from": shown.window.first_day, "to": shown.window.last_day}
    report = {"window": shown.window.name, "format": "docx"}
    posts = {"unit_id": shown.unit_id, "label": "tieu_cuc", **days, "limit": 5}
    body = shlex.quote(json.dumps({"items": [TO_JUDGE]}, ensure_ascii=False))
    as_json = f"-H 'Content-Type: application/json' -d {body}"
    env = shlex.quote(os.path.relpath(env_file(settings), ROOT))
    return "\n".join(
        (
            "\nTry, in this folder:\n",
            f". {env}\n",
            f"# the figures of {shown.unit_id}",
            f'{CURL} "$CANDOI_URL/v1/units/{shown.unit_id}/ratio?window={shown.window.name}"\n',
            "# the negative posts behind them",
            f'{CURL} "$CANDOI_URL/v1/posts?{urlencode(posts)}"\n',
            f"# the report of the month, as the office sends it on: {REPORT}",
            f'{CURL} -o {REPORT} "$CANDOI_URL/v1/reports/ratio?{urlencode(report)}"\n',
            "# a text of your own: label, probabilities, the words that weighed most",
            f'{CURL} {as_json} "$CANDOI_URL/v1/classify"\n',
            f"All calls: {settings.service_url('gateway')}/docs",
        )
    )
