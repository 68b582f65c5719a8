"""A province to try Cân Đối with: invented units and posts, sent as any other client would.

In: `units.json`, `posts/*.jsonl`. Out: a running stack that has counted them, the province's
table, and commands to go on with. The command line is `python -m demo --help`.
"""
