#!/usr/bin/env python3
"""Writes data/plain-letters.txt.gz: letters with accents and other marks, each with what is left without them, a pair a line.

Unicode's canonical decomposition less its non-spacing marks, as BERT's lower-casing vocabularies were made with; Python's unicodedata
has it. Hangul is left out, whose decomposition follows a rule.
"""
import gzip
import os
import unicodedata

TARGET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "plain-letters.txt.gz")


def plain(letter):
    return "".join(part for part in unicodedata.normalize("NFD", letter) if unicodedata.category(part) != "Mn")


def main():
    letters = [chr(code) for code in range(0x80, 0x10000) if not 0xAC00 <= code < 0xD7A4 and not 0xD800 <= code < 0xE000]
    lines = [f"{letter} {plain(letter)}\n" for letter in letters if unicodedata.category(letter) != "Mn" and plain(letter) != letter]
    with open(TARGET, "wb") as file:
        file.write(gzip.compress("".join(lines).encode(), 9, mtime=0))
    print(f"{len(lines)} letters, Unicode {unicodedata.unidata_version}")


if __name__ == "__main__":
    main()
