"""Clients that know what they may be told: each keeps what was acknowledged and when, and checks every answer with it."""
import collections, http.client, json, random, threading, time, uuid
from urllib.parse import urlsplit


class Book:
    """What all clients know together."""
    def __init__(self, lag):
        self.bound = lag / 1000 + 0.2  # and the time that an answer is on its way
        self.lock = threading.Lock()
        self.acknowledged = collections.defaultdict(list)  # id -> [(when, version)], oldest first
        self.titles = {}
        self.created = []  # when
        self.wrong, self.count = [], collections.Counter()
        self.phase, self.is_primary_down = "", False
        self.slowest = collections.Counter()

    def add(self, what, number=1):
        with self.lock:
            self.count[self.phase, what] += number

    def accuse(self, what):
        with self.lock:
            self.wrong.append(f"{self.phase}: {what}")
        self.add("wrong")

    def acknowledge(self, id, version, title=None):
        with self.lock:
            if title:
                self.titles[id] = title
                self.created.append(time.monotonic())
            self.acknowledged[id].append((time.monotonic(), version))

    def floor(self, id, now):
        """The version that everybody must see: the newest acknowledged longer ago than the bound."""
        old = [version for when, version in self.acknowledged[id] if when < now - self.bound]
        return max(old, default=0)

    def any(self):
        with self.lock:
            return random.choice(list(self.titles)) if self.titles else None


class Client:
    def __init__(self, book, url, key):
        self.book, self.key = book, key
        self.address, self.connection = urlsplit(url).netloc, None

    def send(self, method, path, body=None, **headers):
        """(status, headers, JSON); None after an error of the connection."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers["authorization"] = f"Bearer {self.key}"
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(self.address, timeout=30)
            self.connection.request(method, path, body and json.dumps(body), headers)
            answer = self.connection.getresponse()
            status, told, text = answer.status, answer.headers, answer.read()
        except (OSError, http.client.HTTPException):
            self.forget()
            return None
        try:
            parsed = json.loads(text) if text else None
        except ValueError:
            self.book.accuse(f"{method} {path}: {status} with a body that does not parse")
            parsed = None
        return status, told, parsed

    def forget(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def ask(self, method, path, body=None, stop=None, hard=False, **headers):
        """Until there is an answer that is none of trouble; counts the trouble. `hard`: the instance may be away."""
        began = time.monotonic()
        while not (stop and stop.is_set()):
            answer = self.send(method, path, body, **headers)
            status = answer[0] if answer else 0
            if status not in (0, 500, 502, 503, 504) and not (status == 409 and answer[2].get("code") == "request_in_flight"):
                kind = "reads" if method == "GET" else "writes"
                self.book.add(kind)
                key = self.book.phase, kind
                self.book.slowest[key] = max(self.book.slowest[key], time.monotonic() - began)
                return answer
            if not (hard and status == 0):
                if status == 503 and not answer[1].get("retry-after"):
                    self.book.accuse(f"{method} {path}: 503 without Retry-After")
                self.book.add({0: "cut", 409: "in flight"}.get(status, str(status)))
                if not self.book.is_primary_down and status != 409:
                    self.book.add("stray")
            time.sleep(0.1)
        return None


def create(book, client, stop, **more):
    title = f"{uuid.uuid4()}"
    body = {"title": {"en": title}, "reliability": "press"}
    answer = client.ask("POST", "/v1/sources", body, stop, idempotency_key=title, content_type="application/json", **more)
    if answer is None:
        return None
    if answer[0] != 201:
        book.accuse(f"POST: {answer[0]} {answer[2]}")
        return None
    book.acknowledge(answer[2]["id"], answer[2]["version"], title)
    return answer[2]["id"]


def update(book, client, id, stop, **more):
    """A patch without a precondition of its own: its key makes it happen once."""
    token = f"{uuid.uuid4()}"
    answer = client.ask("PATCH", f"/v1/sources/{id}", {"title": {"fr": token}}, stop, idempotency_key=token, if_match="*",
                        content_type="application/merge-patch+json", **more)
    if answer is None:
        return None
    if answer[0] != 200:
        book.accuse(f"PATCH: {answer[0]} {answer[2]}")
        return None
    book.acknowledge(id, answer[2]["version"])
    return answer[2]["version"]


def writer(book, client, stop):
    """Makes records, and changes its own."""
    mine = []
    while not stop.is_set():
        if not mine or random.random() < 0.3:
            id = create(book, client, stop)
            mine += [id] if id else []
        else:
            update(book, client, random.choice(mine), stop)


def reader(book, client, stop):
    """Reads what anybody wrote; it may be old, but not older than the bound. Sometimes with the ETag of before."""
    etags = {}
    while not stop.is_set():
        id = book.any()
        if id is None:
            time.sleep(0.05)
            continue
        began = time.monotonic()
        known = random.choice([None, etags.get(id)])
        answer = client.ask("GET", f"/v1/sources/{id}", None, stop, **({"if_none_match": known} if known else {}))
        if answer is None:
            continue
        status, headers, body = answer
        floor = book.floor(id, began)
        version = int(headers["etag"].strip('W/"').split("-")[0]) if headers.get("etag") else 0
        if status == 200:
            etags[id] = headers["etag"]
            if body["title"]["en"] != book.titles[id] or body["version"] != version:
                book.accuse(f"{id}: another record")
        if status not in (200, 304, 404) or version < floor:
            book.accuse(f"{id}: {status}, version {version}, but {floor} was acknowledged before the bound")


def counter(book, client, stop):
    """Counts the records: never fewer than were acknowledged before the bound. No two requests are the same."""
    number = 0
    while not stop.is_set():
        began, number = time.monotonic(), number % 500 + 1
        answer = client.ask("GET", f"/v1/sources?count=exact&limit={number}", None, stop)
        if answer is None:
            continue
        with book.lock:
            floor = sum(1 for when in book.created if when < began - book.bound)
        if answer[0] != 200 or answer[2]["page"]["total"] < floor:
            book.accuse(f"a list of {answer[2].get('page')}, but {floor} were made")
        time.sleep(0.05)


def owner(book, client, stop):
    """Talks to one instance only, and reads what it wrote at once."""
    id = None
    while not stop.is_set():
        if id is None:
            id = create(book, client, stop, hard=True)
            continue
        version = update(book, client, id, stop, hard=True)
        answer = version and client.send("GET", f"/v1/sources/{id}")
        # An instance that was started anew in between owes no more than any other.
        if answer and answer[0] == 200:
            book.add("own reads")
            if answer[2]["version"] < version:
                book.accuse(f"{id}: version {answer[2]['version']} after {version} was written through the same instance")
        elif answer and answer[0] != 503:
            book.accuse(f"{id}: {answer[0]} after it was written through the same instance")


def follower(book, client, stop, seen):
    """Follows the feed: every number once, one after the other."""
    path, last = "/v1/changes?limit=1000&wait=1", 0
    while not stop.is_set():
        answer = client.ask("GET", path, None, stop)
        if answer is None:
            continue
        if answer[0] != 200:
            book.accuse(f"the feed: {answer[0]} {answer[2]}")
            return
        for change in answer[2]["items"]:
            if change["seq"] != last + 1:
                book.accuse(f"the feed: {change['seq']} after {last}")
            last = change["seq"]
            seen.append(last)
        if answer[2]["head"] < last:
            book.accuse(f"the feed runs backwards: {answer[2]['head']} after {last}")
        path = answer[2]["next"]
