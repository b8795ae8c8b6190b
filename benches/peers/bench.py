#!/usr/bin/env python3
"""Compares REST servers on one machine: the same data, the same requests, one after the other.

Python's standard library and `wrk`. Each round goes through all servers, in a rotated order: a fresh copy of the data,
the start (timed to the first answer), one request of each operation whose answer is looked at, a second of warming up,
then `wrk` in a closed loop, with memory and CPU time of the server's processes. Afterwards only those processes are
ended. Markdown tables give medians and shares of the ceiling: actix-web sending the same bytes from memory.
"""
import argparse
import http.client
import json
import os
import random
import re
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from urllib.parse import quote

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = os.environ.setdefault("PEERS", os.path.join(tempfile.gettempdir(), "peers"))
DATA = os.environ["DATA"] = os.path.join(PEERS, "data")
os.environ["BENCH_DIR"] = HERE
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"

TICKS = os.sysconf("SC_CLK_TCK")
KINDS = ["jumelage", "cooperation", "pacte_amitie", "protocole", "projet"]
FORMS = 512  # different requests of an operation, which take turns
TURN = " <-turn----->"  # what is different in each of some requests, all as long as this
QUIET = 0.3  # a point during which other programs took more cores than this is left out


# ---------- processes ----------
def tree(root):
    """A process and all below it."""
    children, found, todo = {}, [], [root]
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as f:
                children.setdefault(int(f.read().rsplit(")", 1)[1].split()[1]), []).append(int(name))
        except OSError:
            pass
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def memory(root):
    """Megabytes: RSS (shared pages counted once per process) and PSS (shared pages split)."""
    total = {"Rss:": 0, "Pss:": 0}
    for pid in tree(root):
        try:
            with open(f"/proc/{pid}/smaps_rollup") as f:
                for name, value, *_ in map(str.split, f):
                    if name in total:
                        total[name] += int(value)
        except (OSError, ValueError):
            pass
    return total["Rss:"] / 1024, total["Pss:"] / 1024


def cpu(root):
    """Seconds of CPU time that the living processes of a tree have used."""
    used = 0
    for pid in tree(root) if root else []:
        try:
            with open(f"/proc/{pid}/stat") as f:
                fields = f.read().rsplit(")", 1)[1].split()
                used += int(fields[11]) + int(fields[12])
        except OSError:
            pass
    return used / TICKS


def cpu_of_machine():
    with open("/proc/stat") as f:
        user, nice, system, _idle, _wait, irq, soft = map(int, f.readline().split()[1:8])
    return (user + nice + system + irq + soft) / TICKS


def cpu_of_wrk():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def shell(command, env):
    done = subprocess.run(["bash", "-ec", command], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise RuntimeError(f"{command}\n{done.stdout[-2000:]}")
    return done.stdout


class Process:
    """A server, in a session of its own, with everything that it starts."""

    def __init__(self, command, env, folder, log):
        self.log = log
        with open(log, "wb") as out:
            self.process = subprocess.Popen(["bash", "-c", command], env=env, cwd=folder, stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=out, start_new_session=True)
        self.pid = self.process.pid

    def wait_for(self, is_ready, seconds):
        end = time.monotonic() + seconds
        while not is_ready():
            if self.process.poll() is not None or time.monotonic() > end:
                with open(self.log, errors="replace") as log:
                    raise RuntimeError(f"does not start: {log.read()[-2000:]}")
            time.sleep(0.004)

    def stop(self):
        for kind in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.pid, kind)
                self.process.wait(8)
            except ProcessLookupError:
                return
            except subprocess.TimeoutExpired:
                continue
            time.sleep(0.3)


# ---------- requests ----------
class Target:
    """A server as `targets.json` describes it."""

    def __init__(self, described, env):
        self.about = described
        self.name, self.port = described["name"], described["port"]
        self.run = os.path.join(PEERS, "run", re.sub(r"[^a-z0-9.]+", "-", self.name.lower()))
        self.env = {**env, "PORT": str(self.port), "RUN": self.run}
        for name, value in described.get("env", {}).items():
            self.env[name] = self.expand(value)
        self.kinds = described.get("kinds", KINDS)
        # The same updates again and again: after the first of each, they change nothing.
        self.requests = {**described["requests"]}
        if "update" in self.requests:
            self.requests["unchanged"] = self.requests["update"]

    def expand(self, text):
        return re.sub(r"\$(\w+)", lambda found: self.env.get(found[1], ""), text)

    def read_files(self):
        """What the set-up script left."""
        with open(self.expand(self.about.get("bodies", "$DATA/bodies.json")), encoding="utf-8") as f:
            self.bodies = json.load(f)

    def header(self, value):
        """`<FILE` stands for what a file holds: a key."""
        before, sign, file = value.partition("<")
        return before + open(self.expand(file)).read().strip() if sign else value

    def request(self, operation, number, dice):
        """Method, path, headers and body of the `number`th request of an operation, and what it asks for."""
        spec = self.requests[operation]
        asked = {"id": dice.randint(1, 5000), "kind": dice.choice(self.kinds), "n": dice.randint(100, 499)}
        fill = lambda found: format(asked[found[1]], found[2] or "")
        path = re.sub(r"\{(id|kind|n)(?::([^}]*))?\}", fill, spec["path"])
        headers = {name: self.header(value) for name, value in spec.get("headers", {}).items()}
        body = None
        if "body" in spec:
            bodies = self.bodies[spec["body"]["from"]]
            body = dict(bodies[number % len(bodies)])
            if operation == "update":  # each time another text
                text = body["summary"]
                body["summary"] = {"fr": text["fr"] + TURN} if isinstance(text, dict) else text + TURN
            form = spec["body"].get("idfmt")
            for name in ("french_id", "japanese_id") if form else ():
                if name in body:
                    body[name] = format(body[name], form)
            if spec["body"].get("themes") == "string" and "themes" in body:
                body["themes"] = json.dumps(body["themes"], ensure_ascii=False)
            body = json.dumps(body, ensure_ascii=False)
            headers.setdefault("Content-Type", "application/json")
        return spec.get("method", "GET"), quote(path, safe="/?&=%:,;+~!*'()[]@$-._"), headers, body, asked

    def check(self, operation):
        """Sends one request and looks at the answer; gives its size."""
        expected = self.requests[operation].get("expect", {})
        method, path, headers, body, asked = self.request(operation, 0, random.Random(7))
        if body:
            body = body.replace("<-french--->", f"{1:012x}").replace("<-japanese->", f"{2:012x}")
            body = body.replace(TURN, f" {0:012}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        connection.request(method, path, body and body.encode(), {"Host": f"127.0.0.1:{self.port}", **headers})
        answer = connection.getresponse()
        text = answer.read()
        try:
            assert 200 <= answer.status < 300, f"status {answer.status}"
            if "has" in expected:
                assert expected["has"] in text.decode(), f"no {expected['has']}"
            if "items" in expected:
                self.check_list(operation, expected, json.loads(text), asked)
        except (AssertionError, ValueError, LookupError, TypeError) as error:
            raise RuntimeError(f"{operation}: {error!r}: {method} {path}: {answer.status} {text[:400]!r}") from error
        return len(text)

    def check_list(self, operation, expected, answer, asked):
        """Really filtered, really sorted, really found, really counted."""
        items = member(answer, expected["items"])
        of = lambda item, name: member(item, self.about.get("members", {}).get(name, name))
        if "total" in expected:  # there are 960 to 1060 of each kind
            assert 900 <= int(member(answer, expected["total"])) <= 1100, "the total"
        if operation == "search":
            assert 0 < len(items) <= 20, f"{len(items)} items"
        else:
            assert len(items) == 20, f"{len(items)} items"
        if expected.get("static"):
            return
        days = [of(item, "signed_on") for item in items]
        assert days == sorted(days, reverse=True), "not sorted"
        if operation == "search":
            whole = expected.get("anywhere")  # searched in every text of a record, not only in the summary
            has = lambda item: str(asked["n"]) in json.dumps(item) if whole else f"n°{asked['n']}" in of(item, "summary")
            assert all(map(has, items)), "what was not searched"
        else:
            assert all(of(item, "kind") == asked["kind"] for item in items), "not filtered"


def member(value, path):
    for name in path.split(".") if path else []:
        value = value[name]
    return value


LUA = """
local french, japanese, used = 0, 0, {%s}
-- A pair of authorities that no partnership has: of one thousand each.
local function pair()
  repeat
    turn = turn + 1
    french, japanese = 1 + 2 * (turn %% 1000), 2 + 2 * ((math.floor(turn / 1000) * 7 + turn * 13) %% 1000)
  until not used[french .. "-" .. japanese]
  return string.format("%%012x", french), string.format("%%012x", japanese)
end
local requests, n, i = {}, 0, 0
init = function(args)
  turn = tonumber(args[1])
  for k, s in ipairs(specs) do
    s[3]["Host"] = wrk.headers["Host"]
    requests[k] = wrk.format(s[1], s[2], s[3], s[4])
  end
  n = #requests
end
request = function()
  i = i %% n + 1
  local text = requests[i]
  if varies then
    turn = turn + 1
    return (text:gsub("<%%-turn%%-%%-%%-%%-%%->", string.format("%%012d", turn)))
  end
  if not fresh then return text end
  local french, japanese = pair()
  return (text:gsub("<%%-french%%-%%-%%->", french):gsub("<%%-japanese%%->", japanese))
end
done = function(s, l, r)
  io.write(string.format("@@ %%d %%d %%d %%d %%d %%d %%d %%d\\n", s.requests, s.duration, l:percentile(50), l:percentile(99),
    s.errors.status, s.errors.connect + s.errors.read + s.errors.write, s.errors.timeout, s.bytes))
end
"""


def lua(target, operation, seed):
    """The program by which `wrk` sends an operation's requests."""
    def text(value):
        plain = lambda byte: chr(byte) if 32 <= byte <= 126 and byte not in (34, 92) else "\\%03d" % byte
        return "nil" if value is None else '"' + "".join(map(plain, value.encode())) + '"'

    dice, lines = random.Random(seed), ["specs = {"]
    for number in range(FORMS):
        method, path, headers, body, _ = target.request(operation, number, dice)
        named = ",".join(f"[{text(name)}]={text(value)}" for name, value in headers.items())
        lines.append("{%s,%s,{%s},%s}," % (text(method), text(path), named, text(body)))
    used = target.bodies.get("used", []) if operation == "create" else []
    lines += ["}", f"fresh = {'true' if used else 'false'}", f"varies = {'true' if operation == 'update' else 'false'}"]
    return "\n".join(lines) + LUA % ",".join(f'["{french}-{japanese}"]=true' for french, japanese in used)


def wrk(port, script, connections, seconds, turn):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", script,
               f"http://127.0.0.1:{port}/", "--", str(turn)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    found = re.search(r"@@ (.*)", done.stdout)
    if not found:
        raise RuntimeError("wrk: " + done.stdout[-1500:])
    count, duration, p50, p99, bad, broken, late, _ = map(int, found[1].split())
    return {"rps": count / (duration / 1e6), "n": count, "p50": p50 / 1e3, "p99": p99 / 1e3, "bad": bad, "broken": broken, "late": late}


# ---------- measuring ----------
def measure(target, operation, server, database, options, script):
    """One point: an operation of a running server."""
    wrk(target.port, script, options.connections, options.warmup, 1)
    peak, stop = [0.0, 0.0], threading.Event()

    def watch():
        while not stop.wait(0.5):
            peak[:] = map(max, peak, memory(server.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    root = database and database.pid
    before = cpu(server.pid), cpu(root), cpu_of_wrk(), cpu_of_machine()
    try:
        point = wrk(target.port, script, options.connections, options.seconds, 400_000)
    finally:
        stop.set()
        watcher.join()
    after = cpu(server.pid), cpu(root), cpu_of_wrk(), cpu_of_machine()
    own, theirs, client, machine = (end - start for start, end in zip(before, after))
    others = max(0.0, machine - own - theirs - client)
    count = max(point["n"], 1)
    point.update(cpu=own * 1e6 / count, database_cpu=theirs * 1e6 / count, cores=own / options.seconds,
                 database_cores=theirs / options.seconds, others=others / options.seconds, rss=peak[0], pss=peak[1])
    faults = "".join(f"  {name} {point[name]}!" for name in ("bad", "broken", "late") if point[name])
    print(f"    {operation:10} {point['rps']:9.0f}/s  p50 {point['p50']:7.2f}  p99 {point['p99']:7.2f} ms  CPU {point['cpu']:6.0f}"
          f" + {point['database_cpu']:.0f} µs  RSS {point['rss']:5.0f} MB  others {point['others']:.2f} cores{faults}", flush=True)
    return point


def run(target, options, folder, seed):
    """Starts a server, measures its operations, stops it."""
    target.read_files()
    shell(f"rm -rf '{target.run}'; mkdir -p '{target.run}'; " + target.about.get("prepare", ""), target.env)
    result, server, database = {"points": {}, "sizes": {}}, None, None

    def answers():
        try:
            path = target.about.get("ready")
            method, asked, headers, _, _ = target.request("get", 0, random.Random(1))
            connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=5)
            connection.request(method, path or asked, headers=headers)
            return connection.getresponse().status == 200
        except OSError:
            return False

    try:
        if "database" in target.about:
            database = Process(target.about["database"]["start"], target.env, target.run, f"{target.run}/database.log")
            ready = ["bash", "-c", target.about["database"]["ready"]]
            database.wait_for(lambda: subprocess.run(ready, env=target.env, stdout=subprocess.DEVNULL).returncode == 0, 30)
        begun = time.monotonic()
        server = Process(target.about["start"], target.env, target.run, f"{target.run}/server.log")
        server.wait_for(answers, 90)
        result["start"] = (time.monotonic() - begun) * 1e3
        result["idle"] = memory(server.pid)[0]
        time.sleep(target.about.get("settle", 0.5))  # every worker of several has the time to come up
        for operation in options.operations:
            if operation not in target.requests:
                continue
            result["sizes"][operation] = target.check(operation)
            if not options.check:
                script = os.path.join(folder, "requests.lua")
                with open(script, "w") as f:
                    f.write(lua(target, operation, seed))
                result["points"][operation] = measure(target, operation, server, database, options, script)
    finally:
        for process in (server, database):
            if process:
                process.stop()
    return result


# ---------- tables ----------
def tables(raw):
    rounds, operations, ceiling = raw["rounds"], raw["operations"], raw["ceiling"]
    out = [f"\n{raw['seconds']} s a point, {raw['connections']} connections, {len(rounds)} rounds, medians;"
           f" {os.cpu_count()} cores, shared by client and server.\n"]

    def middle(name, operation, what):
        """The median of the points that other programs left quiet; of all where none was quiet."""
        points = [one[name]["points"][operation] for one in rounds if operation in one.get(name, {}).get("points", {})]
        quiet = [point for point in points if point["others"] < QUIET]
        return statistics.median(point[what] for point in quiet or points) if points else None

    def table(title, heads, cell, names=raw["order"]):
        out.append(f"\n**{title}**\n\n| server | " + " | ".join(heads) + " |\n|---|" + "---:|" * len(heads))
        out.extend(f"| {name} | " + " | ".join(cell(name, head) or "–" for head in heads) + " |" for name in names)

    def number(value):
        return None if value is None else f"{value:,.0f}" if value >= 10 else f"{value:.1f}"

    def beside(what, ratio):
        def cell(name, operation):
            value, most = middle(name, operation, what), middle(ceiling, operation, what) if ceiling else None
            return number(value) and number(value) + (f" ({ratio(value / most)})" if most and name != ceiling else "")
        return cell

    def plain(what, form):
        def cell(name, operation):
            value = middle(name, operation, what)
            return None if value is None else format(value, form)
        return cell

    def footprint(name, head):
        found = [one[name] for one in rounds if name in one]
        if not found:
            return None
        if head == "install, MB":
            return number(raw["installed"].get(name))
        peak = lambda one: max((point[head[:3].lower()] for point in one["points"].values()), default=0)
        of = {"start, ms": lambda one: one["start"], "RSS idle, MB": lambda one: one["idle"]}.get(head, peak)
        return number(statistics.median(map(of, found)))

    table("requests/s (share of the ceiling)", operations, beside("rps", "{:.1%}".format))
    table("p50, ms", operations, plain("p50", ".2f"))
    table("p99, ms", operations, plain("p99", ".2f"))
    table("server's CPU, µs a request (times the ceiling's)", operations, beside("cpu", "{:.1f}×".format))
    table("cores that the server kept busy", operations, plain("cores", ".2f"))
    stored = [name for name in raw["order"] if any(middle(name, one, "database_cpu") for one in operations)]
    if stored:
        table("database server's CPU, µs a request", operations, plain("database_cpu", ".0f"), stored)
        table("cores that the database server kept busy", operations, plain("database_cores", ".2f"), stored)
    table("cores that other programs took meanwhile (0 = quiet)", operations, plain("others", ".2f"))
    size = lambda name, operation: next((number(one[name]["sizes"].get(operation)) for one in rounds if name in one), None)
    table("an answer's bytes", operations, size)
    table("footprint", ["start, ms", "RSS idle, MB", "RSS peak, MB", "PSS peak, MB", "install, MB"], footprint)
    for one in rounds:
        for name, result in one.items():
            for operation, point in result["points"].items():
                if point["bad"] or point["broken"] or point["late"]:
                    out.append(f"\n⚠ {name}, {operation}: {point['bad']} not 2xx, {point['broken']} broken, {point['late']} late")
    out.extend(f"\n⚠ not measured: {name}: {why.splitlines()[0][:200]}" for name, why in raw["failed"].items())
    return "\n".join(out) + "\n"


# ---------- the command ----------
def read_targets(file):
    """The targets; one that is `like` another has what it does not say itself from there."""
    with open(file, encoding="utf-8") as f:
        described = json.load(f)
    known = {}
    for one in described:
        known[one["name"]] = {**known[one["like"]], **one} if "like" in one else one
    return list(known.values())


def installed(target):
    """Megabytes of the files that make the server up."""
    try:
        return float(shell("du -scm --apparent-size " + target.about["disk"] + " | tail -1", target.env).split()[0])
    except (KeyError, RuntimeError, ValueError):
        return None


def main():
    known = ["get", "list", "list_count", "search", "unchanged", "update", "create"]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-t", "--target", action="append", help="only this server (repeatable)")
    parser.add_argument("-o", "--operation", action="append", choices=known, help="only this operation (repeatable)")
    parser.add_argument("-d", "--seconds", type=int, help="how long a point is measured (10)")
    parser.add_argument("-r", "--rounds", type=int, help="how often (3)")
    parser.add_argument("-c", "--connections", type=int, default=32)
    parser.add_argument("--warmup", type=int, default=1, help="seconds before a point")
    parser.add_argument("--quick", action="store_true", help="the main servers, one round of 5 s")
    parser.add_argument("--check", action="store_true", help="one request of each operation, no load")
    parser.add_argument("--out", default="peers.json", help="where all figures go")
    parser.add_argument("--render", metavar="FILE", help="the tables of figures that were kept")
    options = parser.parse_args()
    if options.render:
        print(tables(json.load(open(options.render))))
        return
    options.seconds = options.seconds or (5 if options.quick else 10)
    options.rounds = options.rounds or (1 if options.quick or options.check else 3)
    options.operations = options.operation or known
    def is_asked(one):
        return one["name"] in options.target if options.target else one.get("quick") or not options.quick

    chosen = filter(is_asked, read_targets(f"{HERE}/targets.json"))
    targets = [Target(one, dict(os.environ)) for one in chosen]
    raw = {"order": [one.name for one in targets], "operations": options.operations, "seconds": options.seconds,
           "connections": options.connections, "rounds": [], "failed": {},
           "ceiling": next((one.name for one in targets if one.about.get("ceiling")), None),
           "installed": {one.name: installed(one) for one in targets}}
    with tempfile.TemporaryDirectory() as folder:
        for round_ in range(options.rounds):
            raw["rounds"].append({})
            first = round_ * len(targets) // options.rounds
            for target in targets[first:] + targets[:first]:
                print(f"[{round_ + 1}] {target.name}, load {os.getloadavg()[0]:.1f}", flush=True)
                try:
                    result = raw["rounds"][-1][target.name] = run(target, options, folder, 1000 + round_)
                    print(f"    start {result['start']:.0f} ms, idle {result['idle']:.0f} MB, bytes {result['sizes']}", flush=True)
                except (RuntimeError, OSError, LookupError) as error:
                    raw["failed"][target.name] = str(error)
                    print("    FAILED", error, flush=True)
                if not options.check:
                    json.dump(raw, open(options.out, "w"))
    if options.check:
        sys.exit("failed: " + ", ".join(raw["failed"]) if raw["failed"] else 0)
    print(tables(raw))


if __name__ == "__main__":
    main()
