"""The data of gen.py in the shapes of this project: `kakehashi.py DATA OUT` writes records.ndjson and bodies.json."""
import json
import sys

CATEGORIES = {"jumelage": "twinning", "cooperation": "decentralised_cooperation_agreement", "pacte_amitie": "friendship_cooperation_pact",
              "protocole": "memorandum_of_understanding", "projet": "letter_of_intent"}
# Those that a partnership may have without any further member, so that status and text alone can be patched.
STATUSES = {"actif": "active", "en_sommeil": "suspended", "termine": "superseded", "en_preparation": "project"}
LEVELS = {"commune": "commune", "departement": "department", "region": "region", "intercommunalite": "agglomeration_community",
          "shi": "city", "ku": "special_ward", "cho": "town", "son": "village", "prefecture": "prefecture"}
THEMES = {"culture": "culture", "education": "academic_exchange", "jeunesse": "youth", "sport": "sport", "tourisme": "tourism",
          "economie": "economy", "innovation": "innovation", "environnement": "environment", "agriculture": "agriculture",
          "gastronomie": "gastronomy", "patrimoine": "heritage", "sante": "inclusion", "urbanisme": "urban_planning",
          "prevention des risques": "disaster_risk_prevention", "vieillissement": "ageing"}
PARTNERSHIP, AUTHORITY = "019a0000-0000-7000-8000-", "019a0000-0000-7000-9000-"
# In their place, bench.py writes the numbers of two authorities that no partnership joins yet.
NEW_PAIR = AUTHORITY + "<-french--->", AUTHORITY + "<-japanese->"


def authority(row):
    return {"kind": "authority", "id": AUTHORITY + format(row["id"], "012x"), "country": row["country"], "level": LEVELS[row["level"]],
            "identifiers": [{"scheme": "slug", "value": f"collectivite-{row['id']}"}],
            "name": {"fr": row["name_fr"], "ja": row["name_ja"], "en": row["name_en"]},
            "population": {"value": row["population"], "as_of": {"edtf": "2020"}},
            "location": {"lat": row["lat"], "lon": row["lon"]}, "website": row["website"]}


def partnership(row, parties):
    return {"category": CATEGORIES[row["kind"]], "status": STATUSES[row["status"]],
            "parties": [{"authority": {"id": party}, "role": "lead"} for party in parties],
            "since": {"edtf": row["signed_on"]}, "themes": sorted(THEMES[theme] for theme in row["themes"]),
            "summary": {"fr": row["summary"]}}


def main(data, out):
    read = lambda name: json.load(open(f"{data}/{name}.json", encoding="utf-8"))
    used = {(1, 2)}  # that of the one request by which bench.py checks
    with open(f"{out}/records.ndjson", "w", encoding="utf-8") as f:
        write = lambda record: print(json.dumps(record, ensure_ascii=False), file=f)
        for row in read("collectivites"):
            write(authority(row))
        for row in read("partnerships"):
            french, japanese = row["french_id"], row["japanese_id"]
            while (french, japanese) in used:  # two authorities have one open partnership: a dozen rows go to the next city
                japanese = japanese % 2000 + 2
            used.add((french, japanese))
            parties = [AUTHORITY + format(number, "012x") for number in (french, japanese)]
            number = format(row["id"], "012x")
            write({"kind": "partnership", "id": PARTNERSHIP + number,
                   "identifiers": [{"scheme": "slug", "value": f"partenariat-{row['id']}"}], **partnership(row, parties)})
    bodies = read("bodies")
    patches = [{"status": STATUSES[body["status"]], "summary": {"fr": body["summary"]}} for body in bodies["update"]]
    creates = [partnership(body, NEW_PAIR) for body in bodies["create"]]
    with open(f"{out}/bodies.json", "w", encoding="utf-8") as f:
        json.dump({"create": creates, "update": patches, "used": sorted(used)}, f, ensure_ascii=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
