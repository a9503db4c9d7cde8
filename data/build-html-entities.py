#!/usr/bin/env python3
"""Writes data/html-entities.txt.gz: the named character references of HTML 5, one a line, name, tab, text.

CLIP's tokenizer unescapes HTML as Python's html.unescape does, which knows 2,231 names, some of them valid without their
semicolon; .NET's WebUtility.HtmlDecode knows 253. Run from anywhere: python3 data/build-html-entities.py
"""
import gzip
import html.entities
import os

target = os.path.join(os.path.dirname(os.path.abspath(__file__)), "html-entities.txt.gz")
# No entity stands for a tab-separated line's own characters but these two, which are written as escapes.
escapes = {"\t": "\\t", "\n": "\\n"}
lines = [f"{name}\t{escapes.get(text, text)}\n" for name, text in sorted(html.entities.html5.items())]
with open(target, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
    packed.write("".join(lines).encode("utf-8"))
print(f"{len(lines)} references, {os.path.getsize(target)} bytes")
