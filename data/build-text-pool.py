#!/usr/bin/env python3
"""Chooses the embedded text pool: words and short phrases for what a person can see in a picture.

Source: WordNet 3.0 (Debian: apt-get install wordnet-base). Needs Python 3 and nothing else.

    python3 data/build-text-pool.py [--wordnet /usr/share/wordnet] [--report]

writes data/text-pool.txt.gz, one text a line. data/README.md tells what is chosen and why; --report prints samples.
"""
import argparse
import collections
import gzip
import hashlib
import math
import os
import re
import sys

sys.dont_write_bytecode = True
from text_pool_rules import *

HERE = os.path.dirname(os.path.abspath(__file__))

# What WordNet marks nowhere: SHA-256 of the word in lower case, the first 12 digits (the words themselves are not repeated here).
STOPPED = set(open(os.path.join(HERE, "text-pool-stopped.txt"), encoding="ascii").read().split())


def stopped(text):
    words = re.split(r"[ -]", text.lower())
    forms = {text.lower(), *words, *(w[:-1] for w in words if w.endswith("s"))}
    return any(hashlib.sha256(form.encode()).hexdigest()[:12] in STOPPED for form in forms)


class Synset:
    def __init__(self, pos, line):
        data, self.gloss = line.split(" | ", 1)
        f = data.split()
        count = int(f[3], 16)
        self.pos, self.id, self.file, self.type = pos, (pos, f[0]), FILES[int(f[1])], f[2]
        self.words = [re.sub(r"\((p|a|ip)\)$", "", f[4 + 2 * i]) for i in range(count)]
        at = 4 + 2 * count
        self.pointers = [(f[at + 1 + 4 * i], (f[at + 3 + 4 * i], f[at + 2 + 4 * i]), f[at + 4 + 4 * i]) for i in range(int(f[at]))]

    def to(self, *kinds):
        return [target for kind, target, _ in self.pointers if kind in kinds]


FILES = """adj.all adj.pert adv.all noun.Tops noun.act noun.animal noun.artifact noun.attribute noun.body noun.cognition
    noun.communication noun.event noun.feeling noun.food noun.group noun.location noun.motive noun.object noun.person noun.phenomenon
    noun.plant noun.possession noun.process noun.quantity noun.relation noun.shape noun.state noun.substance noun.time verb.body
    verb.change verb.cognition verb.communication verb.competition verb.consumption verb.contact verb.creation verb.emotion verb.motion
    verb.perception verb.possession verb.social verb.stative verb.weather adj.ppl""".split()


class WordNet:
    """The database: synsets, the senses of every word in the order of their frequency, and how often each was met in texts."""

    def __init__(self, folder):
        self.synsets, self.senses, self.tags, self.exceptions = {}, {}, collections.Counter(), {}
        for pos, name in (("n", "noun"), ("v", "verb"), ("a", "adj")):
            for line in self.lines(folder, "data." + name):
                synset = Synset(pos, line)
                self.synsets[synset.id] = synset
            for line in self.lines(folder, "index." + name):
                f = line.split()
                self.senses[pos, f[0]] = [self.synsets[pos, offset] for offset in f[6 + int(f[3]):]]
            for line in self.lines(folder, name + ".exc"):
                form, *bases = line.split()
                self.exceptions.setdefault((pos, form), bases[0])
        self.ing_forms = {base: form for (pos, form), base in self.exceptions.items() if pos == "v" and form.endswith("ing")}
        for line in self.lines(folder, "cntlist.rev"):
            key, number, count = line.split()
            lemma, rest = key.split("%")
            pos = {"1": "n", "2": "v", "3": "a", "5": "a"}.get(rest[0])
            self.tags[pos, lemma, int(number)] = int(count)
        self.nouns = {word for pos, word in self.senses if pos == "n"}
        self.only_nouns = self.nouns - {word for pos, word in self.senses if pos != "n"}
        self.adverbs = {line.split()[0] for line in self.lines(folder, "index.adv")}
        with gzip.open(os.path.join(HERE, "clip-merges.txt.gz"), "rt", encoding="utf-8") as merges:
            self.merges = {tuple(line.split()): rank for rank, line in enumerate(merges)}
        self.gloss_words = collections.Counter(
            word for synset in self.synsets.values() for word in set(re.findall(r"[a-z]+(?:-[a-z]+)*", synset.gloss.lower())))

    def web_commonness(self, word):
        """
        CLIP's encoding joins what is frequent in the texts of the web: about 15 for a word that it joins early, 4 for one that it
        joins last, 0 or less for one that it leaves in pieces.
        """
        symbols, last = [*word[:-1], word[-1] + "</w>"], 0
        while len(symbols) > 1:
            rank, at = min((self.merges.get(pair, math.inf), i) for i, pair in enumerate(zip(symbols, symbols[1:])))
            if rank == math.inf:
                return 2 - len(symbols)
            symbols[at:at + 2] = [symbols[at] + symbols[at + 1]]
            last = max(last, rank)
        return 3 + math.log2(2 * len(self.merges) / max(1, last))

    def may_end_compound(self, word):
        """Whether a word is a noun more than anything else."""
        noun = self.base("n", word)
        return noun is not None and word not in JOINING and (noun in self.only_nouns or self.tag_count("n", noun) > 0)

    def glosses(self, word):
        """In how many glosses a word or its plural stands."""
        return self.gloss_words[word] + self.gloss_words[word + "s"]

    @staticmethod
    def lines(folder, name):
        with open(os.path.join(folder, name), encoding="latin-1") as file:
            return [line for line in file if not line.startswith(" ")]

    def root(self, name):
        lemma, pos, number = name.rsplit(".", 2)
        return self.senses[pos, lemma][int(number) - 1].id

    def below(self, names):
        found, waiting = set(), [self.root(name) for name in names]
        while waiting:
            key = waiting.pop()
            if key not in found:
                found.add(key)
                waiting += self.synsets[key].to("~")
        return found

    def tag_count(self, pos, word, senses=None):
        """How often a word was met in tagged texts, in these of its senses or in all."""
        word = word.lower()
        return sum(self.tags[pos, word, i + 1] for i, s in enumerate(self.senses[pos, word]) if senses is None or s in senses)

    def base(self, pos, form):
        """The dictionary form of an inflected word, or None."""
        listed = self.exceptions.get((pos, form))
        if (pos, listed) in self.senses:
            return listed
        endings = {"n": [("", ""), ("s", ""), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("ies", "y")],
                   "v": [("ing", "e"), ("ing", "")], "a": [("", "")]}[pos]
        for ending, instead in endings:
            word = form[:len(form) - len(ending)] + instead
            if form.endswith(ending) and (pos, word) in self.senses:
                return word
        return None


def english(wordnet, word):
    """Plain words; a capital only in a compound whose other words are English, so 'Christmas tree' but not 'Canis familiaris'."""
    if not re.fullmatch(r"[A-Za-z]+(?:['-][A-Za-z]+)*(?:_[A-Za-z]+(?:['-][A-Za-z]+)*){0,3}", word) or len(word) < 3:
        return False
    first, *others = word.split("_")
    if word == word.lower():
        return True
    return bool(others) and first[1:] == first[1:].lower() and all(
        w == w.lower() and (wordnet.base("n", w) or wordnet.base("a", w)) for w in others)


def foul(synset):
    return FOUL_GLOSS.search(synset.gloss.split('"')[0]) is not None


def clean(wordnet, word, use=0):
    """Whether no sense of the word, in any part of speech, is marked as foul; `use`: how often a good sense was met."""
    for pos in "nva":
        for synset in wordnet.senses.get((pos, word.lower()), []):
            for kind, target, which in synset.pointers:
                whom = int(which[:2], 16)
                if (kind == ";u" and use < 4 and wordnet.synsets[target].words[0] in MARKS
                        and (whom == 0 or synset.words[whom - 1].lower() == word.lower())):
                    return False
    return not stopped(word.replace("_", " "))


def commonness(wordnet, pos, word, seen):
    """
    How common a word is in a sense that is seen: how often that sense was met in tagged texts, how common the word is in
    WordNet's glosses and in the texts that CLIP's encoding was made for (of a compound: the mean of its parts, at half weight
    and less a point a part), how many kinds of it there are; less for the second name of a thing.
    """
    senses = wordnet.senses[pos, word.lower()]
    here = [s for s in senses if s.id in seen]
    parts = re.split("[_-]", word.lower())
    usage = sum(math.log2(1 + wordnet.glosses(part)) + wordnet.web_commonness(part) for part in parts) / len(parts)
    usage = usage * len(here) / len(senses) if len(parts) == 1 else usage / 2 - len(parts)
    kinds = max(len(s.to("~")) for s in here)
    first_name = any(s.words[0].lower() == word.lower() for s in here)
    return (2 * math.log2(1 + wordnet.tag_count(pos, word, here)) + usage + math.log2(1 + kinds) + (1.5 if first_name else 0)
            + (1 if senses[0].id in seen else 0))


def seen_nouns(wordnet):
    """The synsets of things that are seen, by group."""
    unseen = wordnet.below(UNSEEN) - wordnet.below(SEEN_ALL_THE_SAME)
    below = {group: wordnet.below(roots.split()) for group, roots in SEEN_BELOW.items()}
    groups = collections.defaultdict(set)
    for s in wordnet.synsets.values():
        if s.pos == "n" and s.id not in unseen and not s.to("@i") and (s.file in LIVING or not foul(s)):
            group = s.file if s.file in SEEN_FILES else "scene"
            if group not in below or s.id in below[group]:
                groups[group].add(s.id)
    return groups


def nouns(wordnet, groups):
    """The nouns of every group, most common first."""
    seen = set().union(*groups.values())
    group_of = {key: group for group, keys in groups.items() for key in keys}
    found = collections.defaultdict(dict)
    for (pos, word), senses in wordnet.senses.items():
        here = [s for s in senses if s.id in seen]
        if pos != "n" or not here:
            continue
        use, uses = wordnet.tag_count("n", word, here), wordnet.tag_count("n", word)
        # A word counts where a sense that is seen is its first or second, or a good part of its use.
        if senses.index(here[0]) > (1 if uses else 2) and 5 * use < uses:
            continue
        spelling = next(w for w in here[0].words if w.lower() == word)
        if english(wordnet, spelling) and clean(wordnet, spelling, use):
            found[group_of[here[0].id]][spelling.replace("_", " ")] = commonness(wordnet, "n", word, seen)
    return {group: best_first(words) for group, words in found.items()}


def best_first(scores):
    """Most common first; of equals the shorter."""
    return [word for word, _ in sorted(scores.items(), key=lambda t: (-t[1], len(t[0]), t[0]))]


def adjectives(wordnet):
    heads = {s.id for s in wordnet.synsets.values() if s.pos == "a" and s.type == "a"
             and (SEEN_HEADS & set(s.words) or any(wordnet.synsets[t].words[0] in SEEN_ATTRIBUTES for t in s.to("=")))}
    seen = heads | {t for h in heads for t in wordnet.synsets[h].to("&")}
    seen = {key for key in seen if not foul(wordnet.synsets[key])}
    found = {}
    for (pos, word), senses in wordnet.senses.items():
        here = [s for s in senses if s.id in seen]
        if pos == "a" and here and senses.index(here[0]) < 2 and re.fullmatch(r"[a-z]{3,}(?:-[a-z]+)?", word) and clean(wordnet, word):
            found[word] = commonness(wordnet, "a", word, seen)
    return best_first(found)


def ing(wordnet, verb):
    """The -ing form of a verb; WordNet's list of exceptions has those that double a letter or are otherwise irregular."""
    if verb in wordnet.ing_forms:
        return wordnet.ing_forms[verb]
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    return (verb[:-1] if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")) else verb) + "ing"


def verbs(wordnet):
    """Verbs of visible actions in the -ing form: {form: commonness}."""
    found, more = {}, set(MORE_VERBS)
    for (pos, word), senses in wordnet.senses.items():
        if pos != "v" or not re.fullmatch(r"[a-z]{3,}", word):
            continue
        if foul(senses[0]):
            continue
        shown = wordnet.tag_count("v", word, [s for s in senses if s.file in VERB_FILES])
        mostly = 2 * shown >= wordnet.tag_count("v", word) if wordnet.tag_count("v", word) else senses[0].file in VERB_FILES
        form = ing(wordnet, word)
        if (word in more or mostly) and clean(wordnet, word, shown) and clean(wordnet, form, shown):
            found[form] = 2 * math.log2(1 + shown) + math.log2(1 + wordnet.gloss_words[form]) + (10 if word in more else 0)
    return found


def phrases(wordnet, first, nouns, between):
    """
    Pairs of one of the first words and a form of one of the nouns that WordNet's glosses put together, the more often the
    better: {phrase: commonness}.
    """
    forms = collections.defaultdict(collections.Counter)
    for synset in wordnet.synsets.values():
        for clause in re.split(r"[^a-z' -]+| - |'s ", synset.gloss.lower()):
            words = clause.split()
            for i, word in enumerate(words[:-1]):
                j = i + 2 if words[i + 1] in between else i + 1
                noun = wordnet.base("n", words[j]) if j < len(words) else None
                # A noun before another noun is half of a compound: "red oak" is not "red oak tree".
                if noun not in nouns or noun in wordnet.adverbs or word not in first or word in JOINING:
                    continue
                if j + 1 < len(words) and wordnet.may_end_compound(words[j + 1]):
                    continue
                forms[word, noun][" ".join(words[i:j + 1])] += 1
    found = {}
    for (word, noun), counts in forms.items():
        phrase = min(counts, key=lambda form: (-counts[form], form))
        if clean(wordnet, phrase.replace(" ", "_")) and not stopped(phrase):
            rarest = min(wordnet.gloss_words[word], wordnet.glosses(noun))
            found[phrase] = 3 * math.log2(sum(counts.values())) + math.log2(1 + rarest)
    return found


def various(texts, count):
    """The first so many phrases of which no more than 30 share a word."""
    chosen, met = [], collections.Counter()
    for phrase in texts:
        words = phrase.split()
        if len(chosen) < count and max(met[words[0]], met[words[-1]]) < 30:
            met.update({words[0], words[-1]})
            chosen.append(phrase)
    return chosen


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wordnet", default="/usr/share/wordnet")
    parser.add_argument("--report", action="store_true")
    options = parser.parse_args()
    wordnet = WordNet(options.wordnet)
    groups = choose(wordnet)
    texts = sorted({text.lower(): text for group in groups.values() for text in group}.values(), key=lambda t: (t.lower(), t))
    target = os.path.join(HERE, "text-pool.txt.gz")
    with open(target, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write("".join(text + "\n" for text in texts).encode("utf-8"))
    for group, words in groups.items():
        print(f"{group:16} {len(words):6}")
        if options.report:
            for name, part in (("first", words[:30]), ("middle", words[len(words) // 2:][:30]), ("last", words[-30:])):
                print(f"    {name}: {', '.join(part)}")
    print(f"{'together':16} {len(texts):6}, {os.path.getsize(target)} bytes")


def choose(wordnet):
    synsets = seen_nouns(wordnet)
    groups = {group: words[:QUOTAS[group]] for group, words in nouns(wordnet, synsets).items()}
    groups["adjective"] = adjectives(wordnet)[:QUOTAS["adjective"]]
    groups["verb"] = best_first(verbs(wordnet))[:QUOTAS["verb"]]
    things = {word for group in groups if group.startswith("noun.") for word in groups[group]} - set(VAGUE_NOUNS)
    qualities = (set(groups["adjective"]) | set(groups["noun.substance"])) - set(VAGUE_QUALITIES)
    acts = set(groups["verb"]) - set(VAGUE_ACTIONS)
    for name, first, between in (("noun phrase", qualities, ()), ("action phrase", acts, ("a", "an", "the"))):
        scored = phrases(wordnet, first, things, between)
        groups[name] = various((t for t in best_first(scored) if t.replace(" ", "_") not in wordnet.nouns), QUOTAS[name])
    groups["added"] = ADDED
    return groups


if __name__ == "__main__":
    main()
