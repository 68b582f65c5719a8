"""Judges the tone of posts: what is positive, neutral, negative, and how sure that is."""
