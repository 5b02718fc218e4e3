"""How similar account names are: shared words, rare ones counting more, then shared letters of the best candidates.

The words of all names are indexed once, and only names that share a not too common word stem are looked at, so a
question costs about the same for fifty names and for five thousand.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

from metrics.mappings.matching import plain_level

_STEM = 5  # licence, licences, licensing
_CANDIDATES = 40
_LONGEST_POSTING = 300  # a stem in more names than this tells little about any of them
_LEAF_WEIGHT = 3.0  # the account's own words against its parents'

Trigrams = frozenset[str]


class NameIndex:
    """Full names (colon paths), asked for those most similar to another one."""

    def __init__(self, full_names: Sequence[str]) -> None:
        self._stems = [_weighted_stems(name) for name in full_names]
        self._trigrams = [_trigrams(name) for name in full_names]
        self._postings: dict[str, list[int]] = defaultdict(list)
        for place, stems in enumerate(self._stems):
            for stem in stems:
                self._postings[stem].append(place)
        # 1 for a stem that stands in one name, less for common ones, never 0.
        self._rarity = {stem: 1 / (1 + math.log(len(places))) for stem, places in self._postings.items()}

    def most_similar(self, full_name: str, limit: int) -> list[tuple[int, float]]:
        """(place, similarity from 0 to 1) of the best, most similar first; equal ones in index order."""
        stems = _weighted_stems(full_name)
        trigrams = _trigrams(full_name)
        scored = [(place, self._similarity(stems, trigrams, place)) for place in self._candidates(stems)]
        return sorted(scored, key=lambda one: (-one[1], one[0]))[:limit]

    def _candidates(self, stems: dict[str, float]) -> list[int]:
        """The names that share the most telling stems with the name asked for."""
        scores: dict[int, float] = defaultdict(float)
        for stem in sorted(stems.keys() & self._rarity.keys()):
            worth = stems[stem] * self._rarity[stem]
            for place in self._postings[stem][:_LONGEST_POSTING]:
                scores[place] += worth
        return heapq.nsmallest(_CANDIDATES, scores, key=lambda place: (-scores[place], place))

    def _similarity(self, stems: dict[str, float], trigrams: Trigrams, place: int) -> float:
        return 0.6 * self._shared_words(stems, self._stems[place]) + 0.4 * _dice(trigrams, self._trigrams[place])

    def _shared_words(self, one: dict[str, float], other: dict[str, float]) -> float:
        """Weighted Jaccard: what both say, over what either says. A word nobody else uses says half."""
        rarity, shared, either = self._rarity, 0.0, 0.0
        for stem in sorted(one.keys() | other.keys()):
            worth, mine, theirs = rarity.get(stem, 0.5), one.get(stem, 0.0), other.get(stem, 0.0)
            shared += worth * min(mine, theirs)
            either += worth * max(mine, theirs)
        return shared / either if either else 0.0


# Words that say what sort of account it is, which its section says already.
_SAYING_LITTLE = {"and", "of", "the", "for", "other", "income", "revenue", "expense", "expenses", "account", "cost"}


def _weighted_stems(full_name: str) -> dict[str, float]:
    """Word stems; those of the last level weigh more. A parent's words count, because they say what it is about."""
    *parents, leaf = _levels(full_name)
    weights = dict.fromkeys(_stems(" ".join(parents)), 1.0)
    weights.update(dict.fromkeys(_stems(leaf), _LEAF_WEIGHT))
    return weights


def _stems(text: str) -> Iterator[str]:
    words = text.split()
    telling = [word for word in words if word not in _SAYING_LITTLE]
    return (word[:_STEM] for word in telling or words)


def _levels(full_name: str) -> list[str]:
    return [plain_level(level) for level in full_name.split(":")]


def _trigrams(full_name: str) -> Trigrams:
    """Of the last level: parents' letters would make all their children alike."""
    text = f"  {_levels(full_name)[-1]} "
    return frozenset(text[start : start + 3] for start in range(len(text) - 2))


def _dice(one: Trigrams, other: Trigrams) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 0.0
