"""The whole system on one machine: real PostgreSQL, real Kafka, the four services.

In: `LocalSettings`. Out: running processes that come back when they die, and a calm stop.
The command line is `python -m deploy.local --help`; demo, tests and benches use the same parts.
"""
