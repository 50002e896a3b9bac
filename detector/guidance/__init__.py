"""What five articles know of twitching in sleep, and the choice of it for one night.

Facts, articles and every sentence shown are data beside this module: `facts.csv`, `articles.csv`
and `texts.toml`. Nothing here measures, and nothing here diagnoses. The command
stands in `command`, which is not imported here.
"""

from detector.guidance.choice import (
    Advice,
    Findings,
    GuidanceCriteria,
    advise,
    facts_on,
)
from detector.guidance.facts import Article, Fact, Group, articles, facts, group_title

__all__ = [
    "Advice",
    "Article",
    "Fact",
    "Findings",
    "Group",
    "GuidanceCriteria",
    "advise",
    "articles",
    "facts",
    "facts_on",
    "group_title",
]
