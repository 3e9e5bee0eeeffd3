/** npm run verify: what is claimed of the compiled core, each claim checked over everything within its bounds. */

import os from 'node:os';
import { countOf, parseFlags, runMain } from './lib/arguments.ts';
import { listVerifications, runVerification, runVerifications, type Result } from './lib/verify/verifications.ts';

const SUMMARY = `npm run verify -- [flags]

Checks the compiled core over all states and all inputs within bounds that it
prints: a good minute on two processors. It is no proof of the whole allocator;
tests/verify/README.md says what is covered, what is trusted, and what is not
covered. Closes with the count of claims verified, and the hashes of the modules.`;

const TIME_LIMIT = 600;
const TIME_LIMIT_LONG = 3600;

const indented = (text: string): string => text.trimEnd().replace(/^/gm, '           ');

const countsOf = (counts: Record<string, number>): string =>
  Object.entries(counts).map(([what, count]) => `${count.toLocaleString('en')} ${what}`).join(', ');

/** Everything that is to be said of one verification. */
const textOf = ({ verification, verified, error, time }: Result): string => {
  const { name, bounds, canonicalisation } = verification;
  const holds = verified !== undefined && verified.counterexample === undefined;
  const lines = [
    `${holds ? 'verified ' : 'ERROR    '} ${name}`,
    indented(`over   ${bounds}`),
    indented(`states ${canonicalisation}`),
  ];
  if (verified) lines.push(indented(`${countsOf(verified.counts)}; ${(time / 1000).toFixed(1)} s`));
  for (const note of verified?.notes ?? []) lines.push(indented(note));
  if (error !== undefined) lines.push(indented(error));
  if (verified?.counterexample) {
    const { message, sequence } = verified.counterexample;
    lines.push(indented(message));
    if (sequence !== undefined && verification.replay) {
      lines.push(indented(`to replay: npm run verify -- --only ${JSON.stringify(name)} --replay ${JSON.stringify(sequence)}`));
    }
  }
  return lines.join('\n');
};

/** The modules that were looked at, each once. */
const binariesOf = (results: Result[]): string[] => {
  const all = results.flatMap(({ verified }) => verified?.binaries ?? []);
  const lines = all.map(({ name, bytes, sha256 }) => `  sha256 ${sha256}  ${bytes.toLocaleString('en')} bytes  ${name}`);
  return [...new Set(lines)];
};

await runMain(async () => {
  const flags = parseFlags(SUMMARY, {
    long: { help: 'also what takes longer than the minute' },
    reduced: { help: 'only what npm test runs too, a few seconds' },
    only: { value: 'text', help: 'only verifications with this in their name' },
    replay: { value: 'operations', help: 'do these operations on the one that --only names, and say what is wrong' },
    list: { help: 'list the verifications with their bounds, and run none' },
    jobs: { value: 'count', help: 'verifications that run at once; one for each processor by default' },
    'time-limit': { value: 's', help: `stop one after so many seconds; ${TIME_LIMIT} by default, ${TIME_LIMIT_LONG} where there are long ones` },
    json: { help: 'the results as JSON' },
  });
  const jobs = countOf('jobs', flags.jobs ?? String(os.availableParallelism()));
  const all = await listVerifications(flags.long || flags.only ? 'long' : flags.reduced ? 'reduced' : 'full');
  const exact = all.filter(({ verification }) => verification.name === flags.only);
  const listed = exact.length > 0 ? exact : all.filter(({ verification }) => verification.name.includes(flags.only ?? ''));
  if (all.length === 0) throw new Error('there are no verifications in tests/verify/');
  if (listed.length === 0) {
    const names = all.map(({ verification }) => `  ${verification.name}`).join('\n');
    throw new Error(`no verification has "${flags.only}" in its name; there are\n${names}`);
  }
  const isLong = listed.some(({ verification }) => verification.extent === 'long');
  const timeLimit = flags['time-limit'] ?? String(isLong ? TIME_LIMIT_LONG : TIME_LIMIT);
  const timeMax = countOf('time-limit', timeLimit) * 1000;
  if (flags.list) {
    for (const { verification: { name, bounds, canonicalisation, extent } } of listed) {
      console.log([`${name} (${extent})`, indented(`over   ${bounds}`), indented(`states ${canonicalisation}`)].join('\n'));
    }
    return;
  }
  if (flags.replay !== undefined) {
    const [one, ...others] = listed;
    if (others.length > 0) {
      throw new Error(`--replay wants one verification; --only "${flags.only ?? ''}" fits ${listed.length}`);
    }
    const result = await runVerification(one!, timeMax, flags.replay);
    console.log(textOf(result));
    if (!result.verified || result.verified.counterexample) process.exitCode = 1;
    return;
  }

  const results = await runVerifications(listed, { jobs, timeMax }, (result) => {
    if (!flags.json) console.log(`${textOf(result)}\n`);
  }, (line) => console.error(`still at: ${line}`));
  const errors = results.filter(({ verified }) => verified === undefined || verified.counterexample !== undefined);
  if (errors.length > 0) process.exitCode = 1;
  if (flags.json) {
    const plain = results.map(({ verification: { name, bounds, canonicalisation, extent }, verified, error, time }) =>
      ({ name, bounds, canonicalisation, extent, ...verified, error, milliseconds: Math.round(time) }));
    console.log(JSON.stringify(plain, null, 2));
    return;
  }
  console.log(['Modules', ...binariesOf(results)].join('\n'));
  console.log(`\n${results.length - errors.length} verified, ${errors.length} errors`);
});
