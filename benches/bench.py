"""How fast is trail365, beside DuckDB doing the same work on the same data in the same run?

Import: NDJSON of an emulated tenant into the store, beside DuckDB writing zstd Parquet of it.
Search: five questions, each asked of a new process and of a warm one, beside DuckDB on a native
table of its own. DuckDB gets the columns by name and the raw text, as trail365 keeps both.
Reports: five questions over all that is stored, each asked of a new process; and a job over 1,000
mailboxes, whose memory must not grow with its result.
Collecting: an emulated tenant in another process, on the same processors.
"""

import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

import duckdb
import zstandard

TRAIL365 = sys.argv[1]
SIZES = [int(size) for size in sys.argv[2:]] or [1_000_000]
RUNS = 5


class Peak(threading.Thread):
    """The most memory a process takes. The kernel's own figure counts this process before the exec."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.kibibytes = pid, 0
        self.start()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                with open(f"/proc/{self.pid}/status") as status:
                    found = [int(line.split()[1]) for line in status if line.startswith("VmHWM:")]
                if not found:
                    return
                self.kibibytes = max(self.kibibytes, *found)
                time.sleep(0.005)

    def mebibytes(self):
        self.join()
        return self.kibibytes / 1024


def measured(arguments, **options):
    """Runs a process; returns its wall seconds, CPU seconds, peak MiB and output."""
    start = time.monotonic()
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, **options)
    peak = Peak(process.pid)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - start
    if process.returncode not in (0, 1):
        sys.exit(f"{arguments} failed with {process.returncode}")
    return wall, usage.ru_utime + usage.ru_stime, peak.mebibytes(), output


def row(name, *cells):
    print(f"{name:<34}" + "".join(f"{cell:>16}" for cell in cells), flush=True)


def python(code):
    return [sys.executable, "-c", code]


def zstd_bytes(path):
    compressor = zstandard.ZstdCompressor(level=3)
    with open(path, "rb") as source, open(os.devnull, "wb") as sink:
        return compressor.copy_stream(source, sink)[1]


def tree_bytes(folder):
    return sum(
        os.path.getsize(os.path.join(root, name)) for root, _, names in os.walk(folder) for name in names
    )


def bench_import(folder, ndjson, records):
    size = os.path.getsize(ndjson)
    data = f"{folder}/data"
    print(f"\nImport of {records:,} records, {size / 1e6:,.0f} MB of NDJSON")
    row("", "records/s", "MB/s", "CPU s/million", "peak MiB", "bytes/record")
    wall, cpu, peak, output = measured([TRAIL365, "import", ndjson, "--data", data, "--format", "json"])
    assert json.loads(output)["stored"] == records, output
    stored = tree_bytes(f"{data}/tenants") / records
    row("trail365 import", f"{records / wall:,.0f}", f"{size / wall / 1e6:,.0f}", f"{cpu / records * 1e6:,.1f}", f"{peak:,.0f}", f"{stored:,.0f}")
    parquet = f"{folder}/duckdb.parquet"
    code = f"""
import duckdb
db = duckdb.connect()
db.execute("set threads = {os.cpu_count()}; set preserve_insertion_order = false")
db.execute("copy (select * from read_ndjson_auto('{ndjson}', maximum_object_size = 67108864, ignore_errors = true)) to '{parquet}' (format parquet, compression zstd)")
"""
    wall, cpu, peak, _ = measured(python(code))
    row("DuckDB, NDJSON to zstd Parquet", f"{records / wall:,.0f}", f"{size / wall / 1e6:,.0f}", f"{cpu / records * 1e6:,.1f}", f"{peak:,.0f}", f"{os.path.getsize(parquet) / records:,.0f}")
    row("zstd -3 of the NDJSON", "", "", "", "", f"{zstd_bytes(ndjson) / records:,.0f}")
    os.remove(parquet)
    return data


def emulate(folder, *arguments):
    """A tenant behind a process of its own; returns it, its address and a configuration for it."""
    server = subprocess.Popen(
        [TRAIL365, "emulate", "--listen", "127.0.0.1:0", *arguments], stdout=subprocess.PIPE, text=True
    )
    config = ""
    while "EMULATOR_SECRET=" not in config:
        config += server.stdout.readline()
    address = config.split('login_url = "')[1].split('"')[0]
    file = f"{folder}/trail365.toml"
    with open(file, "w") as out:
        out.write(config)
    return server, address, file


def bench_collect(folder, size):
    print(f"\nCollecting about {size:,} records from an emulated tenant in another process")
    row("", "records/s", "CPU s/million", "emulator's", "requests", "peak MiB")
    server, address, config = emulate(folder, "--records", str(size))
    data = f"{folder}/collected"
    environment = {**os.environ, "EMULATOR_SECRET": "emulator-secret"}
    command = [TRAIL365, "collect", "--once", "--config", config, "--data", data]
    wall, cpu, peak, _ = measured(command, env=environment, stderr=subprocess.DEVNULL)
    count = [TRAIL365, "search", "--count", "--format", "json", "--data", data]
    records = json.loads(measured(count)[3])["count"]
    with urllib.request.urlopen(f"{address}/emulator/log") as answer:
        requests = json.load(answer)["total"]
    with open(f"/proc/{server.pid}/stat") as stat:
        ticks = stat.read().rsplit(")", 1)[1].split()[11:13]
    theirs = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    server.terminate()
    server.wait()
    assert records >= size, records
    row("trail365 collect", f"{records / wall:,.0f}", f"{cpu / records * 1e6:,.1f}", f"{theirs / records * 1e6:,.1f}", f"{requests:,}", f"{peak:,.0f}")
    shutil.rmtree(data)


COLUMNS = ["Id", "Operation", "UserId", "ClientIP", "Workload", "ResultStatus", "ObjectId", "UserKey", "OrganizationId"]
FACETS = ["Workload", "Operation", "UserId", "ClientAddress", "RecordType", "ResultStatus", "UserType", "Tenant"]


def duckdb_table(folder, ndjson):
    path = f"{folder}/events.duckdb"
    texts = ", ".join(f"json->>'{name}' as {name}" for name in COLUMNS)
    db = duckdb.connect(path)
    db.execute(f"set threads = {os.cpu_count()}; set preserve_insertion_order = false")
    db.execute(
        f"""create table events as select (json->>'CreationTime')::timestamp as CreationTime, {texts},
        (json->>'RecordType')::int as RecordType, (json->>'UserType')::int as UserType,
        coalesce(nullif(json->>'ClientIP', ''), json->>'ClientIPAddress') as ClientAddress,
        'default' as Tenant, json::varchar as Raw
        from read_ndjson_objects('{ndjson}', maximum_object_size = 67108864)"""
    )
    db.close()
    return path


def questions(sample, last):
    """Name, trail365's arguments, its API path, DuckDB's SQL statements."""
    record = json.loads(sample)
    day = last[:10]
    since = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.mktime(time.strptime(day, "%Y-%m-%d")) - time.timezone - 6 * 86400))
    quote = urllib.parse.quote
    user = record["UserId"].replace("'", "''")
    needle = record["Id"][9:23]
    by_user = f'UserId:"{record["UserId"]}"'
    where = "Workload = 'Exchange'"
    facets = [f"select {name}, count(*) from events where {where} group by 1 order by 2 desc limit 10" for name in FACETS]
    yield (
        "point by Id",
        ["search", f"Id:{record['Id']}", "--format", "json"],
        f"/api/v1/search?q=Id:{record['Id']}",
        [f"select * from events where Id = '{record['Id']}'"],
    )
    yield (
        "one user over 7 days, newest 100",
        ["search", by_user, "--from", since, "--limit", "100", "--format", "json"],
        f"/api/v1/search?limit=100&from={since}&q={quote(by_user)}",
        [f"select * from events where lower(UserId) = lower('{user}') and CreationTime >= '{since}' order by CreationTime desc limit 100"],
    )
    yield (
        "filter, histogram, eight facets",
        None,
        "/api/v1/summary?q=Workload:Exchange",
        [f"select date_trunc('hour', CreationTime), count(*) from events where {where} group by 1"] + facets,
    )
    yield (
        "free text, a needle",
        ["search", needle, "--count"],
        f"/api/v1/summary?facets=&q={needle}",
        [f"select count(*) from events where contains(lower(Raw), '{needle}')"],
    )
    yield (
        "full aggregation by Operation",
        ["search", "--by", "Operation", "--format", "json"],
        "/api/v1/summary?facets=Operation&top=1000",
        ["select Operation, count(*) from events group by 1 order by 2 desc"],
    )


def median_ms(act):
    times = []
    for _ in range(RUNS):
        start = time.monotonic()
        act()
        times.append((time.monotonic() - start) * 1000)
    return sorted(times)[RUNS // 2]


def serve(data):
    server = subprocess.Popen([TRAIL365, "serve", "--listen", "127.0.0.1:0", "--data", data], stdout=subprocess.PIPE, text=True)
    return server, server.stdout.readline().strip().rstrip("/")


def bench_search(folder, data, ndjson, records):
    with open(ndjson) as lines:
        sample = [next(lines) for _ in range(20_000)][-1]
    database = duckdb_table(folder, ndjson)
    status = json.loads(measured([TRAIL365, "status", "--format", "json", "--data", data])[3])
    server, url = serve(data)
    warm = duckdb.connect(database, read_only=True)
    warm.execute(f"set threads = {os.cpu_count()}")
    print(f"\nSearch over {records:,} records, median of {RUNS}, milliseconds")
    row("", "cold", "DuckDB cold", "warm", "DuckDB warm")
    for name, arguments, path, statements in questions(sample, status["last"]):
        cold = "-"
        if arguments:
            command = [TRAIL365, *arguments, "--data", data]
            cold = f"{median_ms(lambda: measured(command)):,.0f}"
        code = f"import duckdb\ndb = duckdb.connect({database!r}, read_only=True)\nfor sql in {statements!r}: db.execute(sql).fetchall()"
        duck_cold = median_ms(lambda: measured(python(code)))
        ask = lambda: urllib.request.urlopen(url + path).read()
        duck = lambda: [warm.execute(sql).fetchall() for sql in statements]
        ask(), duck()
        row(name, cold, f"{duck_cold:,.0f}", f"{median_ms(ask):,.1f}", f"{median_ms(duck):,.1f}")
    with open(f"/proc/{server.pid}/status") as lines:
        peak = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
    print(f"peak memory of the warm server: {int(peak) / 1024:,.0f} MiB")
    server.terminate()
    server.wait()
    warm.close()


MAILBOXES = 1000


def bench_reports(folder, data):
    """Users and mailboxes are those with the most records, so that nobody's luck makes it fast."""
    ask = lambda *arguments: json.loads(measured([TRAIL365, *arguments, "--data", data])[3].splitlines()[0])
    span = ["--from", "1971-01-01"]
    user = ask("search", "Workload:SharePoint", "--by", "UserId", "--limit", "1", "--format", "json")["value"]
    mailbox = ask("search", "", "--by", "MailboxOwnerUPN", "--limit", "1", "--format", "json")["value"]
    address = ask("search", "ActorKind:person", "--by", "ClientAddress", "--limit", "1", "--format", "json")["value"]
    print(f"\nReports over all that is stored, median of {RUNS}, each a new process")
    row("", "events", "milliseconds", "CPU s", "peak MiB")
    for name, *told in (
        ("user-activity", "--user", user),
        ("mail-exposure", "--mailbox", mailbox),
        ("non-owner-access", "--mailbox", mailbox),
        ("address-activity", "--address", address),
        ("overview",),
    ):
        runs = [measured([TRAIL365, "report", name, *told, *span, "--format", "json", "--data", data]) for _ in range(RUNS)]
        wall, cpu, peak, output = sorted(runs)[RUNS // 2]
        row(name, f"{json.loads(output)['events']:,}", f"{wall * 1000:,.0f}", f"{cpu:,.2f}", f"{peak:,.0f}")
    names = measured([TRAIL365, "search", "", "--by", "MailboxOwnerUPN", "--limit", str(MAILBOXES), "--format", "json", "--data", data])[3]
    mailboxes = [json.loads(line)["value"] for line in names.splitlines()]
    # A list of 1,000, of which a small tenant has fewer.
    mailboxes += [f"nobody{number}@contoso.example" for number in range(MAILBOXES - len(mailboxes))]
    with open(f"{folder}/mailboxes", "w") as out:
        out.write("\n".join(mailboxes))
    print(f"\nA job over {MAILBOXES:,} mailboxes")
    row("", "entries", "entries/s", "MB", "CPU s", "peak MiB")
    for form in ("xml", "csv", "json", "parquet"):
        command = [TRAIL365, "job", "create", "--mailboxes", f"@{folder}/mailboxes", "--format", form, "--wait", "--data", data]
        wall, cpu, peak, output = measured(command, stderr=subprocess.DEVNULL)
        job = ask("job", "show", output.decode().split()[0], "--format", "json")
        row(form, f"{job['done']:,}", f"{job['done'] / wall:,.0f}", f"{job['bytes'] / 1e6:,.0f}", f"{cpu:,.1f}", f"{peak:,.0f}")


def main():
    print(f"{platform.machine()}, {os.cpu_count()} processors, {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB; DuckDB {duckdb.__version__}")
    for size in SIZES:
        folder = tempfile.mkdtemp(prefix="trail365-bench-")
        try:
            ndjson = f"{folder}/records.ndjson"
            wall, _, _, _ = measured([TRAIL365, "emulate", "--ndjson", ndjson, "--records", str(size), "--end-time", "2026-01-24T00:00:00"])
            with open(ndjson, "rb") as lines:
                records = sum(1 for _ in lines)
            print(f"\n{records:,} records made in {wall:.1f} s")
            data = bench_import(folder, ndjson, records)
            bench_search(folder, data, ndjson, records)
            bench_reports(folder, data)
            bench_collect(folder, size)
        finally:
            shutil.rmtree(folder)


main()
