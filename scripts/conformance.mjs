#!/usr/bin/env node
// Do real exports come in whole, once, and searchable?
//
// Imports the sample sets named below twice, compares the counts with what their README states,
// and compares searches with a plain reading of the same file.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const samples = process.argv[2];
const target = process.env.CARGO_TARGET_DIR ?? "target";
const trail365 = join(target, "debug", "trail365");
if (!samples || !existsSync(samples)) {
  console.error(`${samples ?? "no folder"}: no samples there; make conformance SAMPLES=folder`);
  process.exit(2);
}

// Path, rows or records, distinct records among them, rows that hold no record.
const SETS = [
  ["invictus/auditrecords-before-2021-05-09.csv.gz", 2771, 2116, 3],
  ["purview-portal-csv/purview-before-incident.csv", 54, 54, 0],
  ["o365auditparser/RedactedAuditLog_2019-12-02_2019-12-03.csv.gz", 704, 588, 0],
  ["plaso/microsoft_audit_log.jsonl", 4, null, 0],
  ["sekoia/o365", 25, null, 0],
  ["splunk/o365", 6, 6, 0],
  ["elastic/22-yammer.log", 2, 2, 0],
  ["elastic/25-ms-teams.log", 4, 4, 0],
  ["elastic/40-sec-comp-alerts.log", 3, 3, 0],
  ["elastic/stringly-json.log", 1, 1, 0],
  ["elastic/platform-attribute.json", 2, 2, 0],
  ["graph2otel/audit-log-query--liveNullSentinelUserKeyRecord.json", 1, 1, 0],
  ["graph2otel/audit-log-query--liveUserLoggedInRecord.json", 1, 1, 0],
  // A consent grant tells no time, so a folder's walk leaves it out.
  ["graph2otel", 8, 8, 0],
  ["sekoia/entraid-graphapi", 27, 27, 0],
  ["sekoia/azure-ad", 9, 9, 0],
  ["sekoia/intune", 3, 3, 0],
  ["sekoia/azure-activity-logs", 2, 2, 0],
  ["sekoia/message-trace", 1, 1, 0],
  ["splunk/azure", 7, 7, 0],
  ["otrf", 4, 4, 0],
  ["mailbox-audit-xml", 1, 1, 0],
];

let passed = 0;
let failed = 0;
function check(name, actual, expected) {
  const good = JSON.stringify(actual) === JSON.stringify(expected);
  good ? passed++ : failed++;
  if (!good) console.log(`WRONG ${name}: ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`);
}

function run(data, ...args) {
  try {
    return execFileSync(trail365, [...args, "--data", data], { encoding: "utf8", maxBuffer: 1 << 28 });
  } catch (error) {
    if (error.status === 1 || error.status === 3) return error.stdout;
    throw error;
  }
}

for (const [path, records, distinct, quarantined] of SETS) {
  const file = join(samples, path);
  const data = mkdtempSync(join(tmpdir(), "trail365-conformance-"));
  const first = JSON.parse(run(data, "import", file, "--format", "json"));
  check(`${path} records`, first.records, records);
  check(`${path} quarantined`, first.quarantined, quarantined);
  check(`${path} balance`, first.stored + first.duplicates, first.records);
  if (distinct !== null) check(`${path} stored`, first.stored - first.quarantined, distinct);
  const again = JSON.parse(run(data, "import", file, "--format", "json"));
  check(`${path} stored again`, again.stored, 0);
  if (path.includes(".csv")) compareSearches(path, data, plainRecords(file));
  console.log(`${path}: ${Object.keys(first.formats).join(", ")}; ${first.records} records, ${first.stored} stored, ${first.duplicates} duplicates, ${first.quarantined} quarantined, ${first.issues} with issues`);
  rmSync(data, { recursive: true });
}

/** The records of a CSV export, read plainly, without the duplicates. */
function plainRecords(file) {
  let bytes = readFileSync(file);
  if (file.endsWith(".gz")) bytes = gunzipSync(bytes);
  const rows = readCsv(bytes.toString("utf8"));
  const column = rows[0].indexOf("AuditData");
  const texts = new Set(rows.slice(1).map((row) => row[column]).filter(Boolean));
  return [...texts].map((text) => JSON.parse(text));
}

function readCsv(text) {
  const rows = [];
  let row = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const c = text[at];
    if (quoted && c === '"' && text[at + 1] === '"') (cell += '"'), at++;
    else if (c === '"') quoted = !quoted;
    else if (quoted) cell += c;
    else if (c === ",") row.push(cell), (cell = "");
    else if (c === "\n") row.push(cell.replace(/\r$/, "")), (cell = ""), rows.push(row), (row = []);
    else cell += c;
  }
  if (cell || row.length) rows.push([...row, cell]);
  return rows;
}

function compareSearches(path, data, records) {
  const count = (test) => records.filter(test).length;
  const asked = (query) => Number(run(data, "search", query, "--count"));
  check(`${path} all`, asked(""), records.length);
  for (const operation of ["New-InboxRule", "UserLoggedIn", "Set-Mailbox"]) {
    const same = (record) => record.Operation?.toLowerCase() === operation.toLowerCase();
    check(`${path} ${operation}`, asked(`operation:${operation}`), count(same));
  }
  const tally = (name) => {
    const counts = new Map();
    for (const record of records) if (record[name]) counts.set(record[name], (counts.get(record[name]) ?? 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  };
  const by = run(data, "search", "--by", "UserId", "--format", "json").trim().split("\n").map((line) => JSON.parse(line));
  check(`${path} by UserId`, by.map(({ value, count }) => [value, count]), tally("UserId"));
  const sql = "select Operation, count(*) as n from events where Operation is not null group by 1 order by 2 desc, 1";
  const rows = run(data, "sql", sql, "--format", "json").trim().split("\n").map((line) => JSON.parse(line));
  check(`${path} sql`, rows.map((row) => [row.Operation, row.n]), tally("Operation"));
}

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
