"""The part of matplotlib that reports use, typed; the library's own hints leave much open."""
