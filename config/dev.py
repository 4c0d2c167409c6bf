"""The commands behind `./dev`, run inside the virtualenv that the script made."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from config import services, test_tables

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
PYTHON = sys.executable


class StopAsked(BaseException):
    """Somebody asked us to end: Ctrl-C, SIGTERM, or the terminal went away."""


def _raise_stop(signum: int, frame: FrameType | None) -> None:
    raise StopAsked


def say(text: str = "") -> None:
    print(text, flush=True)


# --- run --------------------------------------------------------------------------------------------------


def run(arguments: list[str]) -> int:
    """Start everything, print where to look, and stop all of it on Ctrl-C."""
    VAR.mkdir(exist_ok=True)
    with (VAR / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say(f"It runs already: {_running().get('SITE_URL', 'see the other terminal')}")
            return 1
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, _raise_stop)
        if services.end_leftovers(VAR):
            say("Ended what an earlier run had left behind.")
        try:
            return _run(arguments)
        except StopAsked:
            say("\nEverything is stopped. Your data stays in var/ for the next time.")
            return 0
        except services.ServiceError as error:
            say(f"{error}")
            return 1
        finally:
            (VAR / "run.json").unlink(missing_ok=True)


def _run(arguments: list[str]) -> int:
    began = time.monotonic()
    port = services.free_port(int(arguments[0]) if arguments else int(os.environ.get("PORT", "8000")))
    with services.services(VAR, durable=True) as urls:
        site = f"http://localhost:{port}"
        environment = {**urls, "SITE_URL": site, "DJANGO_SETTINGS_MODULE": "config.settings.local"}
        os.environ["DJANGO_RUNSERVER_HIDE_WARNING"] = "true"
        (VAR / "run.json").touch(mode=0o600)
        (VAR / "run.json").write_text(json.dumps(environment))
        os.environ.update(environment)
        _prepare_data()
        with contextlib.ExitStack() as stack:

            def start(*command: str) -> subprocess.Popen[bytes]:
                process = services.start([PYTHON, "manage.py", *command], folder=VAR)
                stack.callback(services.stop, process)
                return process

            process = start("runserver", f"127.0.0.1:{port}", "--skip-checks", "--nostatic", "-v", "0")
            _wait_for_page(f"{site}/health/live")
            # After the page: somebody waits for that, and nobody yet for these.
            start("rqworker", "mail", "default", "imports", "--with-scheduler", "-v", "0")
            start("sweep")
            _welcome(site, time.monotonic() - began)
            while process.poll() is None:
                time.sleep(0.5)
    say("The web server ended; see its last lines above.")
    return 1


def _prepare_data() -> None:
    """Migrate and load the ZIP codes and the demo network, each only where it has not been done."""
    import django

    django.setup()
    from django.db import connections

    from config.prepare import prepare

    prepare(say)
    connections.close_all()


def _wait_for_page(url: str) -> None:
    import urllib.error
    import urllib.request

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
        else:
            return
    raise services.ServiceError(f"{url} does not answer; see the lines above.")


def _welcome(site: str, seconds: float) -> None:
    say(f"""
  The site:    {site}/          (up in {seconds:.1f} s)
  The mails:   {site}/outbox/   (nothing leaves this machine; sign-in codes are here and below)

  Demo logins (no password: a code arrives in the outbox):
    a volunteer         volunteer@demo.example
    an organizer        organizer@demo.example
    national staff      staff@demo.example    (second factor: the outbox page shows its present code)
    the superuser       admin@demo.example    (the same)

  Ctrl-C stops everything.
""")


def _running() -> dict[str, str]:
    """The environment of the run that holds the lock, or nothing."""
    try:
        with (VAR / "run.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return {}
    except FileNotFoundError:
        return {}
    except OSError:
        with contextlib.suppress(OSError, ValueError):
            return dict(json.loads((VAR / "run.json").read_text()))
        return {}


# --- manage, test, check, bench ---------------------------------------------------------------------------


def manage(arguments: list[str]) -> int:
    """manage.py with the services: those of the running `./dev run`, or our own on the same data."""
    with _local_environment() as environment:
        return subprocess.call([PYTHON, "manage.py", *arguments], cwd=ROOT, env={**os.environ, **environment})


@contextlib.contextmanager
def _local_environment() -> Iterator[dict[str, str]]:
    running = _running()
    if running:
        yield running
        return
    with services.services(VAR, durable=True) as urls:
        yield {**urls, "DJANGO_SETTINGS_MODULE": "config.settings.local"}


@contextlib.contextmanager
def _throwaway_environment(settings: str, *, cluster: Path | None = None) -> Iterator[dict[str, str]]:
    """Fresh services without disk syncing, gone afterwards. Postgres starts from a copy of `cluster`, if given."""
    with tempfile.TemporaryDirectory(prefix="affiliates-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with services.services(Path(folder), durable=False, cluster=cluster) as urls:
            yield {**urls, "DJANGO_SETTINGS_MODULE": settings, "VAR_DIR": folder}
        shutil.rmtree(Path(folder) / "postgres", ignore_errors=True)


def test(arguments: list[str]) -> int:
    """pytest on real services. `--full` runs the slow fault matrices in full."""
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _raise_stop)
    cluster = None if "DATABASE_URL" in os.environ else test_tables.kept_cluster(VAR / "test-tables")
    with _throwaway_environment("config.settings.test", cluster=cluster) as environment:
        if cluster:
            environment["TEST_DATABASE_TEMPLATE"] = test_tables.DATABASE
        return subprocess.call([PYTHON, "-m", "pytest", *arguments], cwd=ROOT, env={**os.environ, **environment})


def check(arguments: list[str]) -> int:
    """Lint, types, imports, templates, missing migrations, deploy checks. All run; any that fails fails all."""
    templates = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "templates").rglob("*.html"))
    deploy = {
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECRET_KEY": "check-only-" + "x9Q" * 20,
        "ERASURE_KEY": "check-only-" + "e8R" * 20,
        "SITE_URL": "https://network.example",
        "ALLOWED_HOSTS": "network.example",
    }
    with _throwaway_environment("config.settings.test") as environment:
        production = {**environment, **deploy}
        commands: list[tuple[str, list[str], dict[str, str]]] = [
            ("ruff", ["ruff", "check", "--quiet", "."], {}),
            ("ruff format", ["ruff", "format", "--check", "--quiet", "."], {}),
            ("imports", ["lint-imports"], {"PYTHONPATH": str(ROOT)}),
            ("templates", ["djade", "--check", "--target-version", "6.1", *templates], {}),
            ("migrations", [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"], environment),
            ("deploy", [PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], production),
            ("types", ["mypy", "--no-error-summary", "."], {"DJANGO_SETTINGS_MODULE": "config.settings.test"}),
        ]
        return max(_report(name, command, extra) for name, command, extra in commands)


def _report(name: str, command: list[str], environment: dict[str, str]) -> int:
    path = f"{Path(PYTHON).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    say(f"{'ok  ' if done.returncode == 0 else 'FAIL'}  {name}")
    if done.returncode:
        say(done.stdout.rstrip())
    return done.returncode


def bench(arguments: list[str]) -> int:
    """One benchmark by name, or all. Each prints its table and its ratios, and exits 1 when an aim is missed."""
    names = [word for word in arguments if not word.startswith("-")]
    options = [word for word in arguments if word.startswith("-")]
    known = sorted(p.stem for p in (ROOT / "benchmarks").glob("bench_*.py"))
    for name in names:
        if f"bench_{name}" not in known:
            say(f"No benchmark {name}. There are: {', '.join(k.removeprefix('bench_') for k in known)}")
            return 2
    worst = 0
    for module in [f"bench_{name}" for name in names] or known:
        with _throwaway_environment("config.settings.bench") as environment:
            say(f"=== {module.removeprefix('bench_')}")
            code = subprocess.call(
                [PYTHON, "-m", f"benchmarks.{module}", *options], cwd=ROOT, env={**os.environ, **environment}
            )
            worst = max(worst, code)
    return worst


def lock(arguments: list[str]) -> int:
    """requirements.lock from pyproject.toml: hashes, every platform, no addresses. `--upgrade` takes newer ones."""
    command = "pip compile pyproject.toml --group dev --universal --python-version 3.12 --generate-hashes"
    output = ["--no-annotate", "--no-header", "--quiet", "-o", "requirements.lock"]
    return subprocess.call([PYTHON, "-m", "uv", *command.split(), *output, *arguments], cwd=ROOT)


def messages(arguments: list[str]) -> int:
    """Collect the texts of templates and code into config/locale, and compile what is translated."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    ignore = [word for folder in (".venv", "var", "tests", "benchmarks") for word in ("--ignore", folder)]
    collect = ["makemessages", "-l", "es", "-e", "html,txt,py", "--no-location", "--no-wrap", "--no-obsolete", *ignore]
    for command in (collect, ["compilemessages", "-v", "0", *ignore]):
        code = subprocess.call([PYTHON, "manage.py", *command], cwd=ROOT, env=environment)
        if code:
            return code
    return 0


def main() -> int:
    command, *arguments = sys.argv[1:]
    commands = {
        "run": run, "manage": manage, "test": test, "check": check, "bench": bench, "lock": lock, "messages": messages,
    }  # fmt: skip
    try:
        return commands[command](arguments)
    except services.ServiceError as error:
        say(str(error))
        return 1
    except (KeyboardInterrupt, StopAsked):
        return 130


if __name__ == "__main__":
    sys.exit(main())
