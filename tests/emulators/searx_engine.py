"""An engine for Debian's searx, which loads this file: it asks a JSON index on loopback.

The index is a path of the emulator's own server; see `searx.py`. It passes on all that searx was
asked, so that the tests can see what Hydrophone pushes down.
"""

from datetime import datetime
from json import loads
from urllib.parse import urlencode

categories = ["general"]
paging = True
time_range_support = True
safesearch = True
language_support = True
supported_languages = ["en", "de", "all"]
index_url = ""


def request(query, params):
    asked = {
        "q": query,
        "page": params["pageno"],
        "time_range": params.get("time_range") or "",
        "language": params.get("language") or "",
        "safesearch": params.get("safesearch", 0),
        "category": params.get("category", ""),
    }
    params["url"] = f"{index_url}?{urlencode(asked)}"
    return params


def response(resp):
    results = loads(resp.text)["results"]
    for result in results:
        if result.get("publishedDate"):
            result["publishedDate"] = datetime.fromisoformat(result["publishedDate"])
    return results
