"""`make demo` as a person runs it: everything starts, is counted, can be asked, and stops."""

import json
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.access import Access, read
from demo.province import DAYS_AGO_MAX, read_posts, read_units
from deploy.local.locks import supervisor_pid
from deploy.local.ports import free_ports, is_free
from deploy.local.settings import ENV_PREFIX, ROOT, LocalSettings
from shared.local_time import local_day
from tests.stack import clean_env

# Each run may have to start the stack and to judge all posts on a busy machine.
pytestmark = pytest.mark.timeout(600)


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo in a data folder and on ports of its own."""

    settings: LocalSettings
    env: Mapping[str, str]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the repository to its end."""
        return subprocess.run(
            [sys.executable, "-m", *command],
            env=self.env,
            cwd=ROOT,
            capture_output=True,
            text=True,
        )

    def interrupted(self) -> tuple[int, str]:
        """Run attached, Ctrl-C once the log follows; exit code and what was printed."""
        with subprocess.Popen(
            [sys.executable, "-m", "demo"],
            env=self.env,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdout is not None
            printed: list[str] = []
            while not printed or (printed[-1] and "Ctrl-C" not in printed[-1]):
                printed.append(process.stdout.readline())
            process.send_signal(signal.SIGINT)
            printed.append(process.communicate()[0])
            return process.returncode, "".join(printed)

    def access(self) -> Access:
        """What the demo has written for curl."""
        access = read(self.settings.data_dir / "env")
        assert access is not None
        return access

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        """An answer of the running stack."""
        access = self.access()
        headers = {"Authorization": f"Bearer {access.api_key}"}
        answer = httpx.get(access.url + path, params=parameters, headers=headers, timeout=40)
        answer.raise_for_status()
        return answer.json()


@pytest.fixture(scope="module")
def demo(jars: tuple[Path, ...]) -> Generator[Demo]:
    """A machine on which the demo never ran, but for the downloaded jars."""
    names = LocalSettings().ports()
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    with tempfile.TemporaryDirectory(prefix="candoi-") as folder:
        settings = LocalSettings().model_copy(update={"data_dir": Path(folder), **ports})
        own = {"data_dir": folder, **ports}
        env = {f"{ENV_PREFIX}{name.upper()}": str(value) for name, value in own.items()}
        here = Demo(settings, clean_env() | env)
        yield here
        here.run("deploy.local", "down")


@pytest.fixture(scope="module")
def first_run(demo: Demo) -> str:
    """What the first run prints."""
    ran = demo.run("demo", "--detach")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def table(printed: str) -> list[str]:
    """The lines of the province's table."""
    lines = printed.splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("Tỉ lệ tin tiêu cực"))
    return lines[start : lines.index("Try, in this folder:")]


def test_the_province_is_shown_and_the_stack_goes_on(demo: Demo, first_run: str) -> None:
    shown = "\n".join(table(first_run))
    assert "Công an tỉnh Thái Nguyên" in shown
    assert "Sở Y tế tỉnh Bắc Kạn" not in shown
    assert demo.run("deploy.local", "status").returncode == 0


def test_every_post_is_counted_but_the_withdrawn(demo: Demo, first_run: str) -> None:
    last_day = local_day(demo.access().started_at)
    days = {"from": str(last_day - timedelta(days=DAYS_AGO_MAX)), "to": str(last_day)}
    ratios = [demo.get(f"/v1/units/{unit.unit_id}/ratio", **days) for unit in read_units()]
    counted = sum(ratio["counts"]["total"] for ratio in ratios)
    assert counted == sum(not post.withdrawn for post in read_posts())
    assert sum(ratio["pending"] for ratio in ratios) == 0


def test_the_key_is_kept_for_its_owner_alone(demo: Demo, first_run: str) -> None:
    file = demo.settings.data_dir / "env"
    assert file.stat().st_mode & 0o777 == 0o600
    lines = file.read_text().splitlines()
    assert lines[0] == f"CANDOI_URL={demo.settings.service_url('gateway')}"
    assert lines[1].startswith("CANDOI_API_KEY=candoi_")
    assert demo.get("/v1/me")["client"] == "demo"


def test_the_printed_commands_work_as_they_are(first_run: str, tmp_path: Path) -> None:
    lines = first_run.splitlines()
    (env,) = [line for line in lines if line.startswith(". ")]
    commands = [line for line in lines if line.startswith("curl ")]
    # Where the env file is named from, and where the report may be left.
    env = env.replace(". ", f". {ROOT}/", 1)
    answers = [
        subprocess.run(
            ["bash", "-c", f"{env}\n{command}"],
            cwd=tmp_path,
            env=clean_env(),
            capture_output=True,
            check=True,
        ).stdout
        for command in commands
    ]
    with zipfile.ZipFile(tmp_path / "bao-cao.docx") as report:
        assert "Công an tỉnh Thái Nguyên" in report.read("word/document.xml").decode()
    ratio, posts, verdicts = (json.loads(answer) for answer in answers if answer.strip())
    assert ratio["counts"]["tieu_cuc"] > 0
    assert {post["unit_id"] for post in posts["items"]} == {ratio["unit_id"]}
    assert {post["label"] for post in posts["items"]} == {"tieu_cuc"}
    assert verdicts["items"][0]["label"] == "tieu_cuc"


def test_a_second_run_changes_nothing(demo: Demo, first_run: str) -> None:
    access = demo.access()
    ran = demo.run("demo", "--detach")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert table(ran.stdout) == table(first_run)
    assert demo.access() == access
    corrected = {post.external_id for post in read_posts() if post.correction}
    unit_ids = {external_id.rpartition("-")[0] for external_id in corrected}
    listed = [
        post
        for unit_id in unit_ids
        for post in demo.get("/v1/posts", unit_id=unit_id, limit=200)["items"]
        if post["external_id"] in corrected
    ]
    assert len(listed) == len(corrected)
    for post in listed:
        # The first wording and the correction, each judged once: neither was sent again.
        assert len(demo.get(f"/v1/posts/{post['post_id']}")["history"]) == 2


def test_ctrl_c_leaves_a_stack_that_ran_before(demo: Demo, first_run: str) -> None:
    code, printed = demo.interrupted()
    assert (code, "Traceback" in printed) == (0, False), printed
    assert demo.run("deploy.local", "status").returncode == 0


def test_ctrl_c_stops_what_the_demo_has_started(demo: Demo, first_run: str) -> None:
    demo.run("deploy.local", "down")
    code, printed = demo.interrupted()
    assert (code, "Traceback" in printed) == (0, False), printed
    assert supervisor_pid(demo.settings.data_dir) is None
    assert all(is_free(port) for port in demo.settings.ports().values())


def test_a_taken_port_is_told_as_make_up_tells_it(demo: Demo, tmp_path: Path) -> None:
    gateway_port = str(demo.settings.gateway_port)
    own = {"DATA_DIR": str(tmp_path), "RATIO_PORT": gateway_port, "GATEWAY_PORT": gateway_port}
    taken = {ENV_PREFIX + name: value for name, value in own.items()}
    other = Demo(demo.settings, {**demo.env, **taken})
    runs = [other.run("demo"), other.run("deploy.local", "up")]
    assert runs[0].returncode == runs[1].returncode == 1
    assert runs[0].stderr == runs[1].stderr
    assert "is taken" in runs[0].stderr
