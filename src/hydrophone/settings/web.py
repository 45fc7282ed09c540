"""What is fetched, searched and crawled, and how."""

from ipaddress import ip_network

from pydantic import BaseModel, Field, SecretStr, field_validator

from hydrophone.settings.values import GROUP, MEGABYTE, Listed


class WebSettings(BaseModel):
    """What is fetched, searched and crawled, and how."""

    model_config = GROUP

    allow_loopback: bool = Field(
        default=False, description="Let pages be fetched from this machine (tests, local sites)."
    )
    allow_private: bool = Field(
        default=False, description="Let pages be fetched from private networks (intranets)."
    )
    fetch_timeout_s: float = Field(
        default=20.0, gt=0, description="Seconds that fetching one page may take in all."
    )
    fetch_max_bytes: int = Field(
        default=50 * MEGABYTE, ge=1024, description="Largest page or file that is read, in bytes."
    )
    operator_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s()<>;]+$",
        description="Page that tells site owners who reads their pages; part of the user agent.",
    )
    reading_obeys_robots: bool = Field(
        default=True,
        description=(
            "Whether robots.txt forbids Hydrophone-User the pages that a question needs; a URL "
            "that the user gave is read anyway. The crawler always obeys."
        ),
    )
    render_pages: bool = Field(
        default=False,
        description=(
            "Run the scripts of pages that have hardly any text without them, in an installed "
            "Chromium (Linux only)."
        ),
    )
    chromium: str | None = Field(
        default=None,
        description="Path or name of the Chromium; without it the usual names are looked for.",
    )
    egress_addresses: Listed[str] = Field(
        default=(),
        description=(
            "Addresses or networks, separated by commas, from which pages are fetched; published "
            "at /hydrophonebot.json and /hydrophone-user.json for site owners."
        ),
    )

    web_search: bool = Field(
        default=True,
        description="Search the web and other outside collections beside the own index.",
    )
    metasearch: bool = Field(
        default=True,
        description="Let ddgs ask public search engines; it needs no key and may be refused.",
    )
    searxng_url: str | None = Field(
        default=None,
        description="Base URL of a SearXNG that answers in JSON, such as http://127.0.0.1:8888.",
    )
    brave_api_key: SecretStr | None = Field(default=None, description="Key for Brave Search.")
    tavily_api_key: SecretStr | None = Field(default=None, description="Key for Tavily.")
    exa_api_key: SecretStr | None = Field(default=None, description="Key for Exa.")
    serper_api_key: SecretStr | None = Field(
        default=None, description="Key for Serper, which searches Google."
    )
    openalex_api_key: SecretStr | None = Field(
        default=None, description="Key for OpenAlex; it answers some questions without one."
    )
    openalex_email: str | None = Field(
        default=None, description="Address that OpenAlex is told, for its faster pool."
    )
    crossref_email: str | None = Field(
        default=None, description="Address that Crossref is told, for its faster pool."
    )
    edgar_user_agent: str | None = Field(
        default=None,
        description=(
            "Who asks SEC EDGAR, with an e-mail address, as the SEC demands; without it EDGAR is "
            "not searched."
        ),
    )
    search_deadline_s: float = Field(
        default=5.0, gt=0, description="Seconds that one search provider may take."
    )
    read_deadline_s: float = Field(
        default=6.0, gt=0, description="Seconds that reading all pages for one answer may take."
    )

    crawl_delay_s: float = Field(
        default=0.25,
        ge=0,
        description=(
            "Seconds between two requests of a crawl to one host, unless its robots.txt asks for "
            "more."
        ),
    )
    crawl_per_host: int = Field(
        default=2, ge=1, description="Pages that a crawl fetches from one host at once."
    )
    crawl_at_once: int = Field(
        default=32, ge=1, description="Pages that a crawl fetches and reads at once."
    )
    crawl_every_h: float = Field(
        default=24.0,
        ge=0,
        description=(
            "Hours until a crawled page is looked at again at first; 0: never. The server does it, "
            "sooner for pages that change, later for others."
        ),
    )

    @field_validator("egress_addresses")
    @classmethod
    def _read_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_network(item)) for item in value)
