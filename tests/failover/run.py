#!/usr/bin/env python3
"""Lets one machine after the other fail under load, and checks every answer.

    python3 tests/failover/run.py --binary target/release/kakehashi

It starts, from Debian's packages (postgresql, haproxy; wrk where there is one), in the system's scratch folder: a
primary, a streaming replica, two instances, a load balancer (deploy/haproxy.cfg). Clients read and write through it;
wrk adds pressure. Then, one after the other: the replica stands still and goes on, is stopped and started, is killed and
started; an instance is killed and started; both are restarted, as for a new version; the primary is restarted; it is killed
and started.

A run is good if every acknowledged write is in the feed once and readable, no answer was wrong (older than the bound of the
replica, or than what the same instance had acknowledged; a body that does not parse; a feed with a gap or that runs
backwards), and every error was a 503 with Retry-After while the primary was down, or a 502 while an instance was killed. The
exit status says so.
"""
import argparse, collections, os, shutil, signal, subprocess, sys, tempfile, threading, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import load, stand

LUA = """
local threads = {}
function setup(thread) table.insert(threads, thread) end
function init() good, busy, bad = 0, 0, 0; n = 0 end
function request() n = n + 1; return wrk.format("GET", paths[n % #paths + 1]) end
function response(status, headers)
    if status == 200 then good = good + 1
    elseif status == 503 and headers["retry-after"] or status == 503 and headers["Retry-After"] then busy = busy + 1
    else bad = bad + 1 end
end
function done(summary)
    local sums = {0, 0, 0}
    for _, thread in ipairs(threads) do
        for place, name in ipairs({"good", "busy", "bad"}) do sums[place] = sums[place] + thread:get(name) end
    end
    local errors = summary.errors
    print("told", sums[1], sums[2], sums[3], errors.connect + errors.read + errors.write + errors.timeout)
end
"""


class Wrk:
    """Presses on the load balancer: records and lists, no two requests the same."""
    def __init__(self, folder, url, connections):
        self.url, self.connections, self.script = url, connections, os.path.join(folder, "press.lua")
        paths = [f"/v1/partnerships?limit={number}" for number in range(1, 41)]
        paths += [f"/v1/authorities?limit={number}&sort=-updated_at" for number in range(1, 41)]
        with open(self.script, "w") as file:
            file.write("paths = {" + ",".join(f'"{path}"' for path in paths) + "}\n" + LUA)
        self.process = None

    def start(self, seconds):
        if shutil.which("wrk") and self.connections:
            command = ["wrk", "-t1", f"-c{self.connections}", f"-d{seconds}s", "--timeout", "60s", "-s", self.script, self.url]
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def told(self):
        """(answers 200, 503 with Retry-After, other answers, errors of connections)."""
        if self.process is None:
            return 0, 0, 0, 0
        said = self.process.communicate()[0]
        return tuple(int(number) for number in said.split("told")[1].split()[:4])


class Run:
    def __init__(self, site, options):
        self.site, self.options, self.rows = site, options, []
        self.book, self.stop, self.seen = load.Book(options.lag), threading.Event(), []
        self.threads = []

    def clients(self):
        key = self.site.command("keys", "create", "--name", "failover", "--origin", "failover", "--scope", "write")
        through = f"http://127.0.0.1:{self.site.port}"
        work = [(load.writer, through)] * 4 + [(load.reader, through)] * 4 + [(load.counter, through)]
        work += [(load.owner, instance.url) for instance in self.site.instances]
        for kind, url in work:
            self.begin(kind, load.Client(self.book, url, key), self.stop)
        self.begin(load.follower, load.Client(self.book, through, key), self.stop, self.seen)
        self.wrk = Wrk(self.site.folder, through, self.options.wrk)

    def begin(self, kind, *arguments):
        def run():
            try:
                kind(self.book, *arguments)
            except Exception as error:
                self.book.accuse(f"{kind.__name__} failed: {error!r}")
        self.threads.append(threading.Thread(target=run, daemon=True))
        self.threads[-1].start()

    def state(self):
        site = self.site
        reads = []
        for server in (site.primary, site.replica):
            try:
                reads.append(int(server.ask("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'kakehashi'")))
            except subprocess.CalledProcessError:
                reads.append(0)
        instances = sum(instance.seconds() for instance in site.instances)
        return time.monotonic(), reads, [site.primary.seconds(), site.replica.seconds(), instances]

    def phase(self, name, happen=lambda: None):
        """Runs under load for its time, or as long as `happen` takes."""
        book, seconds = self.book, self.options.seconds
        before = self.state()
        book.phase = name
        print(f"… {name}", file=sys.stderr)
        self.wrk.start(seconds)
        began = time.monotonic()
        happen()
        time.sleep(max(0.0, seconds - (time.monotonic() - began)))
        good, busy, bad, cut = self.wrk.told()
        if ((bad or cut) and not self.ends_answers(name)) or (busy and not self.had_outage(name)):
            book.accuse(f"wrk met {busy} × 503, {bad} other answers, {cut} errors of connections")
        after, told = self.state(), book.count
        took = after[0] - before[0]
        used = [(late - early) / took for early, late in zip(before[2], after[2])]
        shares = [late - early for early, late in zip(before[1], after[1])]
        self.rows.append([
            name, f"{good / seconds:.0f}", f"{(told[name, 'reads'] + told[name, 'own reads']) / took:.0f}",
            f"{told[name, 'writes'] / took:.0f}", told[name, "503"] + busy, told[name, "502"] + told[name, "504"],
            told[name, "cut"] + cut, told[name, "stray"], f"{book.slowest[name, 'reads']:.1f}",
            f"{book.slowest[name, 'writes']:.1f}", f"{shares[1] / max(1, sum(shares)):.0%}" if min(shares) >= 0 else "–",
            *(f"{share:.2f}" if share >= 0 else "–" for share in used), told[name, "wrong"],
        ])

    @staticmethod
    def had_outage(name):
        return name.startswith("primary")

    @staticmethod
    def ends_answers(name):
        """Whether what an instance was answering is lost: the load balancer does not ask the other."""
        return name.startswith("instance killed")

    def without_primary(self, happen):
        self.book.is_primary_down = True
        happen()
        # Until both instances have found it again.
        stand.wait("the instances are ready", lambda: all(instance.is_ready() for instance in self.site.instances))
        time.sleep(1)
        self.book.is_primary_down = False

    def all(self):
        site = self.site
        pause = lambda: time.sleep(self.options.seconds / 4)

        def down_and_up(what, how):
            pause()
            what.stop(how)
            pause()
            what.start()

        def pause_replica():
            pause()
            site.replica.ask("SELECT pg_wal_replay_pause()")
            time.sleep(self.options.seconds / 2)
            site.replica.ask("SELECT pg_wal_replay_resume()")

        def rolling():
            for instance in site.instances:
                instance.stop()
                instance.start()
                time.sleep(1.5)

        def restart_primary():
            pause()
            self.without_primary(lambda: (site.primary.stop(), site.primary.start()))

        def crash_primary():
            pause()
            self.without_primary(lambda: (site.primary.stop(signal.SIGKILL), time.sleep(3), site.primary.start()))

        self.clients()
        self.phase("calm")
        self.phase("replica stands still", pause_replica)
        self.phase("replica stopped and started", lambda: down_and_up(site.replica, signal.SIGINT))
        self.phase("replica killed and started", lambda: down_and_up(site.replica, signal.SIGKILL))
        self.phase("instance killed and started", lambda: down_and_up(site.instances[0], signal.SIGKILL))
        self.phase("rolling restart of both", rolling)
        self.phase("primary restarted", restart_primary)
        self.phase("primary killed and started", crash_primary)
        self.phase("calm again")
        self.book.phase = "at the end"
        self.stop.set()
        for thread in self.threads:
            thread.join(60)

    def verify(self):
        """Everything acknowledged is there, once, on both servers."""
        book, site = self.book, self.site
        client = load.Client(book, f"http://127.0.0.1:{site.port}", "none")
        client.key = site.command("keys", "create", "--name", "end", "--origin", "failover", "--scope", "write")
        versions, titles, path, last = collections.Counter(), collections.Counter(), "/v1/changes?limit=1000", 0
        while True:
            page = client.ask("GET", path)[2]
            for change in page["items"]:
                versions[change["id"], change["version"]] += 1
                if change["op"] == "create" and change["kind"] == "source" and change["record"]["title"].get("en"):
                    titles[change["record"]["title"]["en"]] += 1
                if change["seq"] != last + 1:
                    book.accuse(f"the log: {change['seq']} after {last}")
                last = change["seq"]
            path = page["next"]
            if not page["has_more"]:
                break
        writes = 0
        for id, acknowledged in book.acknowledged.items():
            for _, version in acknowledged:
                writes += 1
                if versions[id, version] != 1:
                    book.accuse(f"{id}: version {version} was acknowledged and is {versions[id, version]} times in the log")
            for instance in site.instances:
                answer = load.Client(book, instance.url, client.key).send("GET", f"/v1/sources/{id}")
                if answer is None or answer[0] != 200 or answer[2]["version"] < acknowledged[-1][1]:
                    book.accuse(f"{id}: {answer and answer[0]} at the end")
        for title in book.titles.values():
            if titles[title] != 1:
                book.accuse(f"{title} was made {titles[title]} times")
        digest = "SELECT count(*) || md5(string_agg(seq || record_id::text || version || coalesce(md5(body), ''), '' ORDER BY seq)) FROM changes"
        expected = site.primary.ask(digest)
        stand.wait("the replica has everything", lambda: site.replica.ask(digest) == expected)
        return writes, last, site.command("feed", "verify")


HEADINGS = ["phase", "wrk, 200/s", "reads/s", "writes/s", "503", "502/504", "cut", "stray", "slowest read, s",
            "slowest write, s", "on the replica", "CPUs of the primary", "of the replica", "of the instances", "wrong"]


def table(rows):
    widths = [max(len(str(row[place])) for row in [HEADINGS, *rows]) for place in range(len(HEADINGS))]
    line = lambda row: "| " + " | ".join(str(cell).ljust(width) for cell, width in zip(row, widths)) + " |"
    return "\n".join([line(HEADINGS), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(line, rows)])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the program, a release build")
    parser.add_argument("--seconds", type=int, default=12, help="how long each phase lasts (12)")
    parser.add_argument("--lag", type=int, default=1000, help="the bound of the replica, in milliseconds (1000)")
    parser.add_argument("--drain", type=int, default=2, help="KAKEHASHI_DRAIN, in seconds (2)")
    parser.add_argument("--wrk", type=int, default=16, help="connections of wrk; 0 is none (16)")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="kakehashi-failover-")
    try:
        with stand.Stand(options.binary, folder, options.lag, options.drain) as site:
            run = Run(site, options)
            run.all()
            writes, changes, verified = run.verify()
    finally:
        if options.keep:
            print(f"The logs are in {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    strays = sum(number for (phase, what), number in run.book.count.items() if what == "stray" and not run.ends_answers(phase))
    print(table(run.rows))
    print(f"\n{writes} acknowledged writes, {changes} changes in the log, followed live: {len(run.seen)}.")
    print(f"feed verify: {verified}")
    print(f"Errors while the primary was up: {strays}. Wrong answers: {len(run.book.wrong)}.")
    for wrong in run.book.wrong[:20]:
        print(f"  {wrong}")
    return 1 if run.book.wrong or strays else 0


if __name__ == "__main__":
    sys.exit(main())
