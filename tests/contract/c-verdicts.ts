/** Reading C programs that run cases and print "ok <case>" or "not ok <case>: <reason>". */

import fs from 'node:fs';

/** The names in the program's list `static const … <list>[] = { CASE(a), … };`, each once. */
export const casesIn = (source: string, list: string): string[] => {
  const program = fs.readFileSync(source, 'utf8').replaceAll(/^#define.*$/gm, '');
  const text = program.split(` ${list}[] = {`)[1]?.split('};')[0] ?? '';
  const names = new Set([...text.matchAll(/CASE\((\w+)\)/g)].map(([, name]) => name!));
  if (names.size === 0) throw new Error(`${source}: there is no list ${list} with a CASE in it`);
  return [...names];
};

/** What the program said of each case: 'ok' or the reason. Of a case that it ran more than once, the failure. */
export const verdictsIn = (stdout: string): Map<string, string> => {
  const verdicts = new Map<string, string>();
  for (const [, name, reason] of stdout.matchAll(/^(?:ok|not ok) (\w+)(?:: (.*))?$/gm)) {
    if (reason !== undefined || !verdicts.has(name!)) verdicts.set(name!, reason ?? 'ok');
  }
  return verdicts;
};
