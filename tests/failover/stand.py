"""What the failure run is about: a primary, a streaming replica, two instances and a load balancer, on loopback."""
import glob, os, shutil, signal, socket, subprocess, time, urllib.error, urllib.request

TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait(what, done, patience=60):
    deadline = time.monotonic() + patience
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited in vain until {what}")
        time.sleep(0.05)


def seconds(pid):
    """What a process and those of its children that ended have used of a processor."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return file.read().split()
    except OSError:
        return []


class Postgres:
    """A server, as the user `postgres` where this runs as root."""
    binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))

    def __init__(self, folder, name):
        self.data, self.port, self.server = os.path.join(folder, name), free_port(), None
        self.log = open(os.path.join(folder, name + ".log"), "ab")
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/kakehashi"

    def run(self, program, *arguments, **more):
        more = {"check": True, "stdout": subprocess.PIPE, "stderr": self.log, "text": True, **more}
        return subprocess.run(self.command(program, *arguments), **self.user(), **more).stdout

    def command(self, program, *arguments):
        return [os.path.join(self.binaries[-1], program), *arguments]

    @staticmethod
    def user():
        return {"user": "postgres", "group": "postgres", "cwd": "/"} if os.geteuid() == 0 else {}

    def make(self):
        self.run("initdb", "-D", self.data, "--locale=C.UTF-8", "-E", "UTF8", "-A", "trust", "-U", "postgres")

    def copy(self, primary):
        self.run("pg_basebackup", "-h", "127.0.0.1", "-p", str(primary.port), "-U", "postgres", "-D", self.data,
                 "-R", "-X", "stream", "-c", "fast")

    def start(self):
        """Again, too, after a kill: until the processes of the killed one have noticed, it would refuse."""
        settings = ["listen_addresses=127.0.0.1", "shared_buffers=256MB", "max_connections=200", "wal_keep_size=1GB",
                    "hot_standby_feedback=on"]
        options = [word for setting in settings for word in ("-c", setting)]
        command = self.command("postgres", "-D", self.data, "-p", str(self.port), "-k", self.data, *options)

        def is_up():
            if self.server is None or self.server.poll() is not None:
                self.server = subprocess.Popen(command, stdout=self.log, stderr=self.log, **self.user())
                time.sleep(0.2)
            ready = self.command("pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port))
            return subprocess.run(ready).returncode == 0
        wait("PostgreSQL answers", is_up)

    def stop(self, how=signal.SIGINT):
        """SIGINT is a fast shutdown, SIGKILL a crash."""
        if self.server and self.server.poll() is None:
            self.server.send_signal(how)
            self.server.wait(60)

    def ask(self, sql):
        return self.run("psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", "kakehashi", "-Atc",
                        sql).strip()

    def seconds(self):
        return sum(map(seconds, [self.server.pid, *children(self.server.pid)]))


class Instance:
    def __init__(self, binary, folder, name, environment):
        self.binary, self.port, self.process = binary, free_port(), None
        self.log = open(os.path.join(folder, name + ".log"), "ab")
        self.environment = {**environment, "KAKEHASHI_LISTEN": f"127.0.0.1:{self.port}"}
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self):
        self.process = subprocess.Popen([self.binary, "serve"], env=self.environment, stdout=self.log, stderr=self.log)
        wait("the instance is ready", self.is_ready)

    def is_ready(self):
        try:
            return urllib.request.urlopen(self.url + "/health/ready", timeout=3).status == 200
        except (OSError, urllib.error.URLError):
            return False

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)

    def seconds(self):
        return seconds(self.process.pid)


class Stand:
    """All of it; `with` ends it and removes its files."""
    def __init__(self, binary, folder, lag, drain):
        self.folder, self.binary = folder, os.path.abspath(binary)
        self.primary, self.replica = Postgres(folder, "primary"), Postgres(folder, "replica")
        self.environment = {
            "PATH": os.environ["PATH"], "RUST_LOG": "warn,kakehashi=info,actix_web::middleware::logger=off",
            "DATABASE_URL": self.primary.url, "DATABASE_REPLICA_URL": self.replica.url,
            "KAKEHASHI_REPLICA_LAG": str(lag), "KAKEHASHI_DRAIN": str(drain),
        }
        self.instances = [Instance(self.binary, folder, name, self.environment) for name in ("one", "two")]
        self.port, self.balancer = free_port(), None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        os.chmod(self.folder, 0o755)
        self.primary.make()
        self.primary.start()
        self.primary.run("createdb", "-h", "127.0.0.1", "-p", str(self.primary.port), "-U", "postgres", "kakehashi")
        self.replica.copy(self.primary)
        self.replica.start()
        for instance in self.instances:
            instance.start()
        environment = {"LISTEN": f"127.0.0.1:{self.port}", "PATH": os.environ["PATH"]}
        for name, instance in zip(("ONE", "TWO"), self.instances):
            environment[name] = f"127.0.0.1:{instance.port}"
        here = os.path.dirname(os.path.abspath(__file__))
        configuration = os.path.join(here, "..", "..", "deploy", "haproxy.cfg")
        with open(os.path.join(self.folder, "haproxy.log"), "ab") as log:
            self.balancer = subprocess.Popen(["haproxy", "-db", "-f", configuration], env=environment, stdout=log,
                                             stderr=log)
        wait("the load balancer answers", lambda: socket.socket().connect_ex(("127.0.0.1", self.port)) == 0)

    def command(self, *arguments):
        """What a command of the program says."""
        done = subprocess.run([self.binary, *arguments], env=self.environment, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def __exit__(self, *_):
        if self.balancer:
            self.balancer.kill()
            self.balancer.wait()
        for instance in self.instances:
            instance.stop(signal.SIGKILL)
        self.replica.stop()
        self.primary.stop()
