"""The commands to try next: whole lines that a shell takes."""

import shlex
from pathlib import Path

from demo.next_steps import next_steps
from deploy.local.settings import LocalSettings
from tests.unit.demo.ratios import MONTH, a_ratio

SETTINGS = LocalSettings(data_dir=Path("a folder/.candoi"), gateway_port=18_080)
RATIOS = [
    a_ratio(9, 9, 0, unit_id="so-tot"),
    a_ratio(9, 9, 3, unit_id="so-y-te"),
    a_ratio(9, 9, 1, unit_id="so-khac"),
]


def test_each_command_is_one_line_for_a_shell() -> None:
    commands = [line for line in next_steps(SETTINGS, RATIOS).splitlines() if "curl" in line]
    assert len(commands) == 4
    for command in commands:
        words = shlex.split(command)
        assert "Authorization: Bearer $CANDOI_API_KEY" in words
        assert words[-1].startswith("$CANDOI_URL/v1/")


def test_there_is_something_to_see_behind_the_figures() -> None:
    text = next_steps(SETTINGS, RATIOS)
    assert "/v1/units/so-y-te/ratio?window=month" in text
    days = f"from={MONTH.first_day}&to={MONTH.last_day}"
    assert f"/v1/posts?unit_id=so-y-te&label=tieu_cuc&{days}&limit=5" in text


def test_the_key_file_is_named_from_the_repository() -> None:
    assert "\n. 'a folder/.candoi/env'\n" in next_steps(SETTINGS, RATIOS)


def test_a_province_without_negative_posts_has_commands_too() -> None:
    assert "/v1/units/so-tot/ratio" in next_steps(SETTINGS, RATIOS[:1])
