"""One spelling for all spellings of a page's address.

In: an address as a client writes it. Out: the form that post ids are made of.

Never change what comes out: the ids of all posts sent without `external_id` hang on it. The
golden tests hold it, also against a new version of w3lib.
"""

import unicodedata
from urllib.parse import SplitResult, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

URL_CHARACTERS_MAX = 2_048
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
# What says where a reader came from, never which page is meant.
_TRACKING_PREFIXES = ("utm_",)
_TRACKING_NAMES = frozenset({"fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "zarsrc"})


def is_web_address(url: str) -> bool:
    """True for an absolute http or https address with a host, of at most 2,048 characters."""
    if len(url) > URL_CHARACTERS_MAX or any(character.isspace() for character in url.strip()):
        return False
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
        canonicalize_url(url.strip())
    except ValueError:
        return False
    # `port` is None without one; reading it has checked it.
    return parts.scheme in _DEFAULT_PORTS and bool(host) and port != 0


def canonical_url(url: str) -> str:
    """The address without what does not tell pages apart.

    Scheme and host in lower case, no default port, no fragment, no tracking parameters, the
    other parameters sorted, one way of escaping, no slash at the end of the path. Raises
    ValueError if it is no address at all (`is_web_address` says so before).
    """
    parts = urlsplit(canonicalize_url(unicodedata.normalize("NFC", url.strip())))
    return urlunsplit(
        SplitResult(
            scheme=parts.scheme,
            netloc=parts.netloc.removesuffix(_DEFAULT_PORTS.get(parts.scheme, ":")),
            path=parts.path.rstrip("/") or "/",
            query="&".join(one for one in parts.query.split("&") if one and not _tracks(one)),
            fragment="",
        )
    )


def _tracks(parameter: str) -> bool:
    name = parameter.partition("=")[0].lower()
    return name in _TRACKING_NAMES or name.startswith(_TRACKING_PREFIXES)
