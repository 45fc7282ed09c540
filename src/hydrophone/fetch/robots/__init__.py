"""robots.txt: `rules` reads a file, `cache` keeps many, `polite` obeys them."""

from hydrophone.fetch.robots.cache import RobotsCache
from hydrophone.fetch.robots.polite import get_politely
from hydrophone.fetch.robots.rules import SiteRules, parse_robots

__all__ = ["RobotsCache", "SiteRules", "get_politely", "parse_robots"]
