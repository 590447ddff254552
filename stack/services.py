"""The supervised processes of an instance: their configuration, start and stop."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from stack import layout
from stack.layout import CODE, PG_BIN, USER, VAR, Instance
from stack.steps import StepError, wait_for

STORES = ("postgres", "redis", "solr", "samples")
PROCESSES = ("web", "worker", "tick")
# Without queries: keys of password resets and of personal feeds stand there, and what people search for.
ACCESS_LOG = '%(h)s %(t)s "%(m)s %(U)s %(H)s" %(s)s %(b)s %(L)s'


def _socket_path(instance: Instance) -> str:
    # a socket's path may have 107 characters at most, a checkout's is longer at times
    return f"/run/jenaportal-{hashlib.sha256(str(instance.home).encode()).hexdigest()[:12]}.sock"


def _program(instance: Instance, name: str, command: str, user: str, stop: str = "TERM", **extra: str) -> str:
    lines = {
        "command": command.replace("%", "%%"), "user": user, "directory": str(instance.home),
        "autostart": "false", "autorestart": "true", "startsecs": "1", "startretries": "5",
        "stopsignal": stop, "stopwaitsecs": "20", "stopasgroup": "true", "killasgroup": "true",
        "stdout_logfile": str(instance.home / "log" / f"{name}.log"), "redirect_stderr": "true",
        "stdout_logfile_maxbytes": "5MB", "stdout_logfile_backups": "1",
        "environment": f'HOME="{instance.home}",LANG="C.UTF-8",CKAN_INI="{instance.ini}",PYTHONPATH="{CODE}"',
        **extra,
    }
    return f"[program:{name}]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items()) + "\n"


def _commands(instance: Instance) -> str:
    venv = VAR / "venv" / "bin"
    ckan = f"{venv}/ckan -c {instance.ini}"
    solr = (
        f"java -Xms256m -Xmx768m -Djetty.port={instance.solr_port} -Dsolr.solr.home={instance.home}/solr "
        f"-Dsolr.log.dir={instance.home}/log -Dsolr.data.home= -Dlog4j2.configurationFile={CODE}/stack/solr/log4j2.xml "
        f"-Djava.io.tmpdir={instance.home}/tmp "
        f"-cp {VAR}/solr-lib/* org.eclipse.jetty.xml.XmlConfiguration {CODE}/stack/solr/jetty.xml"
    )
    web = (
        f"{venv}/gunicorn --bind 127.0.0.1:{instance.port} --workers 2 --timeout 120 --graceful-timeout 10 "
        f"--no-control-socket --worker-tmp-dir {instance.home}/tmp --access-logfile - "
        f"--access-logformat '{ACCESS_LOG}' stack.wsgi:application"
    )
    return "".join([
        _program(
            instance, "postgres", f"{PG_BIN}/postgres -D {instance.home}/postgres", "postgres",
            stop="INT", killasgroup="false", stopasgroup="false",
        ),
        _program(instance, "redis", f"redis-server {instance.home}/redis.conf", USER),
        _program(instance, "solr", solr, USER),
        _program(instance, "samples", f"{venv}/python -m stack.samples {instance.samples_port} {instance.feeds}", USER),
        _program(instance, "web", web, USER, stopasgroup="false"),
        _program(instance, "worker", f"{ckan} jobs worker", USER),
        _program(instance, "tick", f"{ckan} jenasmartcity tick", USER),
    ])


def configure(instance: Instance) -> None:
    """Write the configurations of supervisor and Redis; passwords only where root or the service reads them."""
    instance.folder("log", mode=0o755)
    instance.folder("tmp")
    instance.folder("redis")
    redis = instance.home / "redis.conf"
    redis.write_text(
        f"bind 127.0.0.1\nport {instance.redis_port}\nrequirepass {instance.secrets['redis']}\n"
        f"dir {instance.home}/redis\nsave 300 1\nappendonly no\ndaemonize no\n"
    )
    os.chown(redis, *layout.account(USER))
    redis.chmod(0o600)
    supervisor = instance.home / "supervisor.conf"
    supervisor.write_text(
        f"[unix_http_server]\nfile = {_socket_path(instance)}\nchmod = 0700\n\n"
        f"[supervisord]\nlogfile = {instance.home}/log/supervisor.log\npidfile = {instance.home}/supervisor.pid\n"
        f"user = root\nnodaemon = false\nminfds = 1024\n\n"
        "[rpcinterface:supervisor]\n"
        "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n\n"
        + _commands(instance)
    )
    supervisor.chmod(0o600)


def _rpc(instance: Instance) -> Any:
    transport = SupervisorTransport(None, None, f"unix://{_socket_path(instance)}")
    return ServerProxy("http://127.0.0.1", transport=transport)


def _pid(instance: Instance) -> int | None:
    """The running supervisor of this instance; a stale pid file does not count."""
    file = instance.home / "supervisor.pid"
    try:
        pid = int(file.read_text())
        if str(instance.home).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    except (OSError, ValueError):
        pass
    return None


def is_up(instance: Instance) -> bool:
    """Whether this instance's supervisor runs."""
    return _pid(instance) is not None


def start(instance: Instance, names: tuple[str, ...]) -> None:
    """Start what is down among the named processes; what runs stays untouched."""
    if not is_up(instance):
        stop(instance)
        refuse_used_ports(instance)
        subprocess.run(
            [str(VAR / "venv/bin/supervisord"), "-c", str(instance.home / "supervisor.conf")],
            check=True, cwd=instance.home, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )
        wait_for("supervisor", lambda: _answers(instance), 20, instance.home / "log/supervisor.log")
    server = _rpc(instance).supervisor
    for name in names:
        if server.getProcessInfo(name)["statename"] not in ("RUNNING", "STARTING"):
            _start_one(server, name, instance)


def _start_one(server: Any, name: str, instance: Instance) -> None:
    try:
        server.startProcess(name, False)
    except Fault as fault:
        raise StepError(f"{name} does not start ({fault.faultString}). See {instance.home}/log/{name}.log.") from fault


def restart(instance: Instance, names: tuple[str, ...]) -> None:
    """Stop and start the named processes."""
    server = _rpc(instance).supervisor
    for name in names:
        if server.getProcessInfo(name)["statename"] in ("RUNNING", "STARTING"):
            server.stopProcess(name, True)
    start(instance, names)


def _answers(instance: Instance) -> bool:
    try:
        return _rpc(instance).supervisor.getState()["statecode"] == 1
    except (OSError, Fault):
        return False


def _left(instance: Instance) -> list[int]:
    """Processes that live in the instance's folder; supervisor's children outlive its own kill -9."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            folder = os.readlink(process / "cwd")
        except OSError:
            continue
        if folder == str(instance.home) or folder.startswith(f"{instance.home}/"):
            found.append(int(process.name))
    return found


def stop(instance: Instance) -> None:
    """Stop the instance with all its processes and wait until they are gone."""
    pid = _pid(instance)
    # whoever lost its supervisor gets the signal itself
    for asked in _left(instance) if pid is None else [pid]:
        os.kill(asked, signal.SIGTERM)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if not _left(instance) and not (pid and Path(f"/proc/{pid}").exists()):
            return
        time.sleep(0.1)
    left = " ".join(map(str, _left(instance)))
    raise StepError(f"The processes of {instance.name} did not end within 60 s. End them by hand: kill -9 {left}")


def is_left(instance: Instance) -> bool:
    """Whether anything of the instance runs, supervised or not."""
    return is_up(instance) or bool(_left(instance))


def port_is_free(port: int) -> bool:
    """Whether nothing listens on the loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def refuse_used_ports(instance: Instance) -> None:
    """One sentence when another program holds one of our ports."""
    variable = {"portal": "PORT", "test": "TEST_PORT"}.get(instance.name, "BENCH_PORT")
    for port in range(instance.port, instance.port + 5):
        if not port_is_free(port):
            raise StepError(
                f"Port {port} is in use by another program. Stop it, or choose other ports: "
                f"make {instance.name} {variable}={instance.port + 1000}"
            )


def http_ok(url: str) -> bool:
    """Whether the address answers with a status below 400."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status < 400
    except (urllib.error.URLError, OSError):
        return False
