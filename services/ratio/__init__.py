"""The ratio service: verdicts in, each unit's share of negative posts out."""
