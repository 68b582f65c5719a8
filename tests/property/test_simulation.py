"""Whatever happens to posts, registry and processes: every promise holds, and past answers are
given again."""

from datetime import UTC, datetime

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.simulation.chance import live
from tests.simulation.log import PARTITIONS
from tests.simulation.world import EVERYTHING, World

# `make simulate` lives through ten thousand.
SEEDS, PORTIONS = 400, 4
START = datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC)

SMALL = st.integers(0, 3)
ANY = st.integers(0, 8)
DAYS_AGO = st.sampled_from((0, 0, 1, 30, 200))
UNITS = st.integers(1, 4)
PROCESSES = st.integers(0, 1)


@pytest.mark.parametrize("portion", range(PORTIONS))
def test_every_promise_holds_in_every_life(portion: int) -> None:
    for seed in range(portion, SEEDS, PORTIONS):
        try:
            live(seed)
        except Exception as error:
            error.add_note(f"replay: python -m tests.simulation --seed {seed}")
            raise


def test_the_same_seed_is_the_same_life() -> None:
    told: tuple[list[str], list[str]] = [], []
    for lines in told:
        live(830, lines.append)
    assert told[0] == told[1]


class Life(RuleBasedStateMachine):
    """One simulated world; hypothesis looks for the shortest life that breaks a promise."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(START)

    @rule(channel=SMALL, days_ago=DAYS_AGO)
    def publish(self, channel: int, days_ago: int) -> None:
        self.world.people.publish(channel, days_ago, 0)

    @rule(post=ANY, revision=st.integers(0, 2))
    def revise(self, post: int, revision: int) -> None:
        self.world.people.revise(post, revision)

    @rule(number=ANY)
    def judge(self, number: int) -> None:
        self.world.people.judge(number)

    @rule(number=ANY, model=st.integers(1, 2))
    def judge_again(self, number: int, model: int) -> None:
        self.world.people.judge_again(number, model)

    @rule(post=ANY, label=SMALL, seconds_ahead=st.sampled_from((0, 3, -3)))
    def review(self, post: int, label: int, seconds_ahead: int) -> None:
        self.world.people.review(post, label, seconds_ahead)

    @rule(number=ANY)
    def withdraw_review(self, number: int) -> None:
        self.world.people.withdraw_review(number)

    @rule(post=ANY)
    def withdraw(self, post: int) -> None:
        self.world.people.withdraw(post)

    @rule(post=ANY)
    def restore(self, post: int) -> None:
        self.world.people.restore(post)

    @rule(channel=SMALL, to=st.none() | UNITS, days_ago=DAYS_AGO)
    def move_channel(self, channel: int, to: int | None, days_ago: int) -> None:
        self.world.centre.move_channel(channel, to, days_ago)

    @rule(unit=UNITS, parent=st.none() | SMALL, days_ago=DAYS_AGO)
    def set_parent(self, unit: int, parent: int | None, days_ago: int) -> None:
        self.world.centre.set_parent(unit, parent, days_ago)

    @rule(unit=UNITS, into=UNITS, days_ago=DAYS_AGO)
    def merge(self, unit: int, into: int, days_ago: int) -> None:
        self.world.centre.merge(unit, into, days_ago)

    @rule(unit=st.none() | UNITS, limit_percent=st.integers(5, 60), days_ago=DAYS_AGO)
    def set_policy(self, unit: int | None, limit_percent: int, days_ago: int) -> None:
        self.world.centre.set_policy(unit, limit_percent, days_ago)

    @rule(partition=st.integers(0, len(PARTITIONS) - 1), number=ANY)
    def repeat(self, partition: int, number: int) -> None:
        self.world.repeat(partition, number)

    @rule(milliseconds=st.sampled_from((1, 3_600_000)))
    def pass_time(self, milliseconds: int) -> None:
        self.world.pass_time(milliseconds)

    @rule(process=PROCESSES, only=st.none() | st.integers(0, len(PARTITIONS) - 1), steps=ANY)
    def step(self, process: int, only: int | None, steps: int) -> None:
        sizes = EVERYTHING if only is None else [int(n == only) for n in range(len(PARTITIONS))]
        for _ in range(1 + steps):
            self.world.step(process, sizes)

    @rule(process=PROCESSES)
    def kill(self, process: int) -> None:
        self.world.kill(process)

    @rule(commits=st.integers(0, 2))
    def crash_database(self, commits: int) -> None:
        self.world.crash_database(commits)

    @rule()
    def ask(self) -> None:
        self.world.ask()

    @rule()
    def catch_up_and_check(self) -> None:
        self.world.drain()
        self.world.ask()
        self.world.check()

    def teardown(self) -> None:
        """However it ends: everything is applied, and every promise holds."""
        self.catch_up_and_check()


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
