"""What the emulated search services know: a few records each, in the services' own shapes.

Some are as odd as real ones are: half a date, no abstract, markup in a title, an empty list.
"""

from __future__ import annotations

from typing import Any

BRAVE: list[dict[str, Any]] = [
    {
        "title": "Hydrophone - Wikipedia",
        "url": "https://en.wikipedia.org/wiki/Hydrophone",
        "description": "A <strong>hydrophone</strong> is a microphone &amp; recorder for water.",
        "page_age": "2024-12-27T15:49:55",
        "age": "December 27, 2024",
        "language": "en",
        "family_friendly": True,
        "type": "search_result",
        "subtype": "generic",
        "meta_url": {
            "scheme": "https",
            "netloc": "en.wikipedia.org",
            "hostname": "en.wikipedia.org",
            "favicon": "https://imgs.search.brave.com/f",
            "path": "› wiki  › Hydrophone",
        },
        "extra_snippets": [
            "Most hydrophones are based on a <strong>piezoelectric</strong> transducer.",
            "The first one was built by Reginald Fessenden in 1914.",
        ],
    },
    {
        "title": "Buying a hydrophone",
        "url": "https://shop.example.com/hydrophones",
        "description": "Hydrophones from 90 euros.",
        "page_age": "2019-09-06T00:00:00",
        "language": "en",
    },
    {
        "title": "An undated page",
        "url": "https://docs.example.org/audio/hydrophone",
        "description": "How to place a hydrophone.",
        "language": "de",
    },
]
_BRAVE_META = {
    "scheme": "https",
    "netloc": "example.com",
    "hostname": "example.com",
    "favicon": "https://imgs.search.brave.com/f",
    "path": "› deck",
}
BRAVE_IMAGES: list[dict[str, Any]] = [
    {
        "type": "image_result",
        "title": "A hydrophone on deck",
        "url": "https://example.com/deck",
        "source": "example.com",
        "page_fetched": "2024-01-15T10:30:00Z",
        "thumbnail": {"src": "https://imgs.search.brave.com/x", "width": 200, "height": 150},
        "properties": {
            "url": "https://example.com/deck.jpg",
            "placeholder": "https://imgs.search.brave.com/p",
            "width": 1920,
            "height": 1080,
        },
        "meta_url": _BRAVE_META,
        "confidence": "high",
    },
]
BRAVE_VIDEOS: list[dict[str, Any]] = [
    {
        "type": "video_result",
        "title": "Whales",
        "url": "https://video.example.com/watch?v=1",
        "description": "An hour of whales.",
        "age": "March 30, 2018",
        "page_age": "2018-03-30T17:57:36",
        "video": {"duration": "01:56", "views": 6588953, "creator": "Someone"},
        "thumbnail": {
            "src": "https://imgs.search.brave.com/y",
            "original": "https://video.example.com/1.jpg",
        },
        "meta_url": _BRAVE_META,
    },
]
TAVILY: list[dict[str, Any]] = [
    {
        "title": "How hydrophones work",
        "url": "https://www.example.org/docs/hydrophones",
        "content": "A hydrophone listens under water. [...] It needs a preamplifier.",
        "score": 0.98,
        "raw_content": None,
        "published_date": "Tue, 10 Nov 2026 08:30:00 GMT",
    },
    {
        "title": "News of the sea",
        "url": "https://news.example.com/sea",
        "content": "Whales were heard near the coast.",
        "score": 0.71,
        "raw_content": None,
    },
]
EXA: list[dict[str, Any]] = [
    {
        "id": "https://labs.example.org/blog/hydrophone",
        "url": "https://labs.example.org/blog/hydrophone",
        "title": "Notes on hydrophones",
        "publishedDate": "2023-11-16T01:36:32.547Z",
        "author": "A. Listener",
        "score": 0.43,
        "highlights": ["The cable matters more than the sensor.", "Keep it off the hull."],
        "highlightScores": [0.46, 0.32],
        "text": "The cable matters more than the sensor. Some say otherwise. Keep it off the hull.",
    },
    {
        "id": "x2",
        "url": "https://www.example.com/undated",
        "title": None,
        "author": None,
        "highlights": [],
        "text": "Words of an undated page.",
    },
]
SERPER_ASKED = [
    {
        "question": "Who invented the hydrophone?",
        "snippet": "Reginald Fessenden built one in 1914.",
        "title": "Hydrophone",
        "link": "https://www.example.org/hydrophone",
    }
]
SERPER_RELATED = [{"query": "hydrophone array"}]
SERPER: list[dict[str, Any]] = [
    {
        "title": "Hydrophone basics",
        "link": "https://www.example.gov/sound/basics",
        "snippet": "Sound travels 4.3 times faster in water.",
        "date": "Mar 12, 2024",
        "position": 1,
    },
    {
        "title": "Fresh",
        "link": "https://news.example.com/fresh",
        "snippet": "Just in.",
        "date": "3 hours ago",
        "position": 2,
        "sitelinks": [{"title": "More", "link": "https://news.example.com/more"}],
    },
    {
        "title": "German date",
        "link": "https://www.example.de/alt",
        "snippet": "Vor zwei Tagen.",
        "date": "vor 2 Tagen",
        "position": 3,
    },
]
SERPER_IMAGES: list[dict[str, Any]] = [
    {
        "title": "Sensor",
        "imageUrl": "https://example.com/sensor.png",
        "imageWidth": 800,
        "imageHeight": 600,
        "thumbnailUrl": "https://encrypted-tbn0.gstatic.com/images?q=x",
        "source": "Example",
        "domain": "example.com",
        "link": "https://example.com/sensor",
        "position": 1,
    },
]
SERPER_VIDEOS: list[dict[str, Any]] = [
    {
        "title": "Deep sounds",
        "link": "https://video.example.com/watch?v=3",
        "snippet": "An hour of it.",
        "imageUrl": "https://video.example.com/3.jpg",
        "duration": "1:02:03",
        "source": "Video",
        "date": "Jan 5, 2025",
        "position": 1,
    }
]
OPENALEX: list[dict[str, Any]] = [
    {
        "id": "https://openalex.org/W2741809807",
        "doi": "https://doi.org/10.7717/peerj.4375",
        "display_name": "The state of <i>open</i> access",
        "publication_date": "2018-02-13",
        "publication_year": 2018,
        "language": "en",
        "primary_location": {
            "landing_page_url": "https://peerj.com/articles/4375",
            "source": {"display_name": "PeerJ"},
        },
        "best_oa_location": None,
        "abstract_inverted_index": {
            "Despite": [0],
            "growing": [1],
            "interest,": [2, 4],
            "and": [3],
        },
    },
    {
        "id": "https://openalex.org/W2",
        "doi": None,
        "display_name": "Schall unter Wasser",
        "publication_date": "2021-01-01",
        "publication_year": 2021,
        "language": "de",
        "primary_location": None,
        "best_oa_location": {"landing_page_url": "https://edoc.example.de/2"},
        "abstract_inverted_index": None,
    },
]
OPENALEX_FIELDS = frozenset(OPENALEX[0]) | {"title", "authorships", "type", "relevance_score"}
CROSSREF: list[dict[str, Any]] = [
    {
        "DOI": "10.1121/1.1234567",
        "URL": "https://doi.org/10.1121/1.1234567",
        "type": "journal-article",
        "title": ["Calibration of hydrophones"],
        "subtitle": ["A comparison"],
        "container-title": ["The Journal of Sound"],
        "abstract": "<jats:title>Abstract</jats:title><jats:p>Errors stay below "
        "<jats:italic>p</jats:italic> &lt; 0.05.</jats:p><jats:p>Two methods agree.</jats:p>",
        "published": {"date-parts": [[2024, 3, 5]]},
        "issued": {"date-parts": [[2024, 3]]},
        "resource": {"primary": {"URL": "https://pubs.example.org/jos/1234567"}},
    },
    {
        "DOI": "10.5555/month",
        "URL": "https://doi.org/10.5555/month",
        "type": "book-chapter",
        "title": ["Known by its month"],
        "container-title": ["A Handbook"],
        "published": {"date-parts": [[2024, 3]]},
    },
    {
        "DOI": "10.5555/year",
        "type": "book",
        "title": ["Known by its year"],
        "published": {"date-parts": [[2024]]},
    },
    {
        "DOI": "10.5555/figure",
        "URL": "https://doi.org/10.5555/figure",
        "type": "component",
        "title": ["Figure 3"],
        "published": {"date-parts": [[2024, 3, 5]]},
    },
    {
        "DOI": "10.5555/undated",
        "URL": "https://doi.org/10.5555/undated",
        "type": "journal-article",
        "title": [],
        "published": {"date-parts": [[None]]},
    },
]
CROSSREF_FIELDS = frozenset(CROSSREF[0]) | {"author", "publisher", "score", "link"}
ARXIV_FEED = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <link href="http://arxiv.org/api/query?search_query=all:hydrophone" rel="self"/>
  <title type="html">ArXiv Query: search_query=all:hydrophone</title>
  <id>http://arxiv.org/api/cHxbiOdZaP56ODnBPIenZhzg5f8</id>
  <updated>2026-11-22T00:00:00-05:00</updated>
  <opensearch:totalResults xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">2\
</opensearch:totalResults>
  <opensearch:startIndex xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">0\
</opensearch:startIndex>
  <opensearch:itemsPerPage xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">2\
</opensearch:itemsPerPage>
  <entry>
    <id>http://arxiv.org/abs/2401.01234v3</id>
    <updated>2024-02-01T09:00:00Z</updated>
    <published>2024-01-02T18:59:59Z</published>
    <title>Listening to the
  Sea</title>
    <summary>  We place hydrophones at
  400 sites. All of them hear ships.
</summary>
    <author><name>B. Listener</name></author>
    <link href="http://arxiv.org/abs/2401.01234v3" rel="alternate" type="text/html"/>
    <link title="pdf" href="http://arxiv.org/pdf/2401.01234v3" rel="related"
      type="application/pdf"/>
    <arxiv:primary_category xmlns:arxiv="http://arxiv.org/schemas/atom" term="cs.SD"/>
    <category term="cs.SD" scheme="http://arxiv.org/schemas/atom"/>
  </entry>
  <entry>
    <id>http://arxiv.org/abs/hep-ex/0307015v1</id>
    <updated>2003-07-07T13:46:39-04:00</updated>
    <published>2003-07-07T13:46:39-04:00</published>
    <title>Without an abstract</title>
    <author><name>C. Listener</name></author>
    <link href="http://arxiv.org/abs/hep-ex/0307015v1" rel="alternate" type="text/html"/>
    <category term="hep-ex" scheme="http://arxiv.org/schemas/atom"/>
  </entry>
</feed>
"""
ARXIV_ERROR = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <title>ArXiv Query: search_query=</title>
  <id>http://arxiv.org/api/kvuntZ8c9a4Eq5CF7KY03nMug+Q</id>
  <updated>2026-11-22T00:00:00-05:00</updated>
  <entry>
    <id>http://arxiv.org/api/errors#malformed_query</id>
    <title>Error</title>
    <summary>malformed query</summary>
    <updated>2026-11-22T00:00:00-05:00</updated>
    <link href="http://arxiv.org/api/errors#malformed_query" rel="alternate" type="text/html"/>
    <author><name>arXiv api core</name></author>
  </entry>
</feed>
"""
EDGAR: list[dict[str, Any]] = [
    {
        "_index": "edgar_file",
        "_id": "0000320193-24-000123:aapl-20240928.htm",
        "_score": 12.1,
        "_source": {
            "ciks": ["0000320193"],
            "display_names": ["Apple Inc.  (AAPL)  (CIK 0000320193)"],
            "form": "10-K",
            "root_forms": ["10-K"],
            "file_type": "10-K",
            "file_description": "10-K",
            "file_date": "2024-11-01",
            "period_ending": "2024-09-28",
            "adsh": "0000320193-24-000123",
            "sics": ["3571"],
            "items": [],
        },
    },
    {
        "_id": "0001140361-23-000007:brhc_ex99-1.htm",
        "_score": 9.5,
        "_source": {
            "ciks": ["0000000000", "0001318605"],
            "display_names": ["Tesla, Inc.  (TSLA)  (CIK 0001318605)"],
            "root_forms": ["8-K"],
            "file_type": "EX-99.1",
            "file_description": "PRESS RELEASE",
            "file_date": "2023-01-25",
            "period_ending": None,
            "adsh": "0001140361-23-000007",
        },
    },
    {"_id": "0000320193-24-000124", "_source": {"ciks": ["0000320193"], "file_date": "2024-11-02"}},
]
EDGAR_REFUSAL = """<!DOCTYPE html>
<html lang="en"><head><title>SEC.gov | Request Rate Threshold Exceeded</title></head>
<body><h1>Your Request Originates from an Undeclared Automated Tool</h1></body></html>
"""
