/**
 * SQLite's shell on a database that people use: that of the PROJ library, 9 MB of coordinate systems in 38 tables with
 * views, indexes and triggers.
 */

import path from 'node:path';
import * as assert from 'uvu/assert';
import type { Folders, Program, Task } from '../../scripts/lib/programs/program.ts';

const RELEASE = 'package/deps/sqlite-autoconf-3440200';
const DATABASE = 'pyproj/proj_dir/share/proj/proj.db';

/** Writes tables out as SQL, reads that into an empty database in memory and writes it out again, the same. */
const roundTrip = (...tables: string[]): string => `
.open proj.db
.output first.sql
.dump ${tables.join(' ')}
.output
.open :memory:
.read first.sql
PRAGMA integrity_check;
.output second.sql
.dump
.output
SELECT length(readfile('first.sql')) > 1000000, readfile('first.sql') = readfile('second.sql');
`;

/** What an application does with the same tables: full text, aggregates, windows, recursion, changes, VACUUM. */
const QUERIES = `
ATTACH 'proj.db' AS proj;
CREATE VIRTUAL TABLE names USING fts5(name, description);
INSERT INTO names SELECT name, description FROM proj.extent;
SELECT count(*) FROM names WHERE names MATCH 'north AND (sea OR america*)';

CREATE TABLE object AS SELECT table_name, auth_name, code, name FROM proj.object_view;
CREATE INDEX object_name ON object(name);
CREATE UNIQUE INDEX object_code ON object(table_name, auth_name, code);
SELECT table_name, count(*), length(group_concat(name)), json_array_length(json_group_array(json_object('n', name)))
  FROM object GROUP BY table_name ORDER BY table_name;
SELECT max(rank), sum(distance) FROM (
  SELECT rank() OVER names AS rank, length(name) - lag(length(name), 1, 0) OVER names AS distance
  FROM object WINDOW names AS (PARTITION BY table_name ORDER BY name));
WITH RECURSIVE word(rest, first) AS (
  SELECT name || ' ', '' FROM object
  UNION ALL
  SELECT substr(rest, instr(rest, ' ') + 1), substr(rest, 1, instr(rest, ' ') - 1) FROM word WHERE rest <> '')
SELECT lower(first), count(*) FROM word WHERE first <> '' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10;
UPDATE object SET name = name || ' of ' || auth_name WHERE code % 3 = 0;
DELETE FROM object WHERE code % 2 = 0;
VACUUM;
PRAGMA integrity_check;
SELECT count(*), sum(length(name)) FROM object;
`;

const task = (folders: Folders, name: string, input: string, check: Task['check']): Task => ({
  name,
  options: { args: ['-batch', '-bail'], env: { HOME: '.' }, input },
  files: { 'proj.db': path.join(folders.pyproj!, DATABASE) },
  check,
});

const roundTripTask = (folders: Folders, name: string, ...tables: string[]): Task =>
  task(folders, name, roundTrip(...tables), (outcome) => {
    assert.equal(outcome, { exitCode: 0, stdout: 'ok\n1|1\n', stderr: '' });
  });

const queriesTask = (folders: Folders): Task => task(folders, 'queries', QUERIES, ({ exitCode, stdout, stderr }) => {
  assert.is(exitCode, 0, stderr);
  const lines = stdout.split('\n');
  assert.ok(lines.includes('ok'), 'the integrity check');
  assert.match(lines[0]!, /^[1-9]\d*$/, 'the rows that the full text search finds');
});

export const sqlite: Program = {
  name: 'sqlite',
  description: 'SQLite 3.44.2, the shell, on the database of PROJ',
  licence: 'public domain; the database MIT, its contents under the terms of IOGP',
  packages: {
    sqlite: {
      registry: 'npm',
      name: 'sqlite3',
      version: '5.1.7',
      sha256: '44cc9bdee02705a7b636f76968d745e21c1d0b2f1c62810c678bc3b0ececab1b',
      inner: `${RELEASE}.tar.gz`,
    },
    pyproj: {
      registry: 'pypi',
      name: 'pyproj',
      version: '3.7.1',
      platform: 'manylinux2014_x86_64',
      sha256: '084c0a475688f934d386c2ab3b6ce03398a473cd48adfda70d9ab8f87f2394a0',
    },
  },
  sources: ({ sqlite: folder }) => [
    path.join(folder!, RELEASE, 'sqlite3.c'),
    path.join(folder!, RELEASE, 'shell.c'),
    path.join(import.meta.dirname, 'sqlite/absent.c'),
  ],
  flags: () => [
    '-DSQLITE_THREADSAFE=0', '-DSQLITE_OMIT_LOAD_EXTENSION', '-DSQLITE_NOHAVE_SYSTEM', '-DSQLITE_OMIT_POPEN',
    '-DSQLITE_ENABLE_FTS5',
    // Without files for what is sorted: its own functions for those are not there on WASI.
    '-DSQLITE_TEMP_STORE=3',
    '-D_WASI_EMULATED_SIGNAL', '-D_WASI_EMULATED_GETPID', '-D_WASI_EMULATED_PROCESS_CLOCKS',
  ],
  linkFlags: [
    '-lwasi-emulated-signal', '-lwasi-emulated-getpid', '-lwasi-emulated-process-clocks',
    '-Wl,--stack-first,-z,stack-size=1048576',
  ],
  testedAt: '-O0',
  tests: (folders) => [roundTripTask(folders, 'round trip of three tables', 'extent', 'geodetic_crs', 'grid_transformation')],
  benches: (folders) => [
    roundTripTask(folders, 'round trip', 'extent', 'geodetic_crs', 'projected_crs', 'conversion_table', 'helmert%'),
    queriesTask(folders),
  ],
};
