"""Log first: a record is sent, and whoever sent it waits until this process has applied it.

In: a record. Out: True once every answer of this service holds it.
"""

from dataclasses import dataclass

from kafka import TopicPartition

from services.ratio.consumer import Progress
from shared.kafka import Outgoing
from shared.problems import Unavailable
from shared.producer import Producer, SendError


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends single records for people who wait for the answer."""

    producer: Producer
    progress: Progress
    seconds: float

    async def send(self, record: Outgoing) -> bool:
        """Send and wait; False if it takes longer than `seconds` until the record is applied.

        Raises Unavailable if the log does not take it.
        """
        try:
            sent = await self.producer.send(record)
        except SendError as error:
            raise Unavailable("Nhật ký Kafka chưa nhận được; hãy gửi lại.") from error
        partition = TopicPartition(sent.kafka_topic, sent.partition)
        return await self.progress.passed(partition, sent.offset, self.seconds)
