/** The entries of kernels that run cases, generated from the lists of cases. */

import path from 'node:path';
import { bundle } from './bundle.ts';
import { CORE_EXTERNAL } from './module.ts';
import { ROOT } from './paths.ts';

interface CaseList {
  /** The file that exports every case. */
  entry: string;
  /** The function that judges a stop of the heap in a case, and its file; without it a stop ends the run. */
  onStop?: { name: string; file: string };
}

const LISTS = {
  contract: { entry: 'tests/contract/cases/index.ts' },
  bugs: { entry: 'tests/bugs/cases/index.ts', onStop: { name: 'bug_stopped', file: 'tests/bugs/cases/support.ts' } },
} satisfies Record<string, CaseList>;

/** Cases that a kernel can run. */
export type KernelCases = keyof typeof LISTS;

const KERNEL = path.join(ROOT, 'qemu/kernel');

/** The names of all cases of a list, in the order in which they run. */
export const casesOfList = (list: KernelCases): string[] =>
  bundle({ entry: path.join(ROOT, LISTS[list].entry), externals: CORE_EXTERNAL }).exports;

/** The names of the contract's cases. */
export const contractCases = (): string[] => casesOfList('contract');

const importFrom = (names: string[], file: string): string =>
  `import { ${names.join(', ')} } from '${path.relative(KERNEL, path.join(ROOT, file))}';\n`;

const PANIC_REPORT = "export { panicked } from './panic-report.ts';\n";

/** What panicked does in place of the ordinary: the case that stopped is judged, and the next one runs. */
const resumption = (judge: string): string => `
export const panicked = (code: i32, address: i32): void => {
  contractStopped(${judge}(contractStart(), contractSize(), code, address));
  runRest();
};
`;

/**
 * What to tell buildModule: an entry whose kmain runs every case. The file is never written. After a stop the rest runs on
 * top of what has stopped, as there is no way back.
 */
export const casesEntry = (list: KernelCases): { entry: string; overrides: Map<string, string> } => {
  const { entry, onStop }: CaseList = LISTS[list];
  const cases = casesOfList(list);
  const runs = cases.map((name, index) => `  if (next === ${index}) {
    next = ${index + 1};
    reportAnnounce('${name}');
    contractReport('${name}', ${name}(contractStart(), contractSize()));
  }
`);
  const text = `${importFrom(cases, entry)}${onStop ? importFrom([onStop.name], onStop.file) : ''}
import { reportAnnounce, reportEnd } from './case-report.ts';
import { contractBegin, contractReport, contractSize, contractStart, contractStopped } from './contract.ts';

export { callStackTell } from './call-stack.ts';
export { consolePrintText } from './console.ts';
export { interruptRaised } from './interrupts.ts';
${onStop ? '' : PANIC_REPORT}export { exceptionRaised } from './exception.ts';
export { placePrint } from './symbols.ts';
export { threadMain } from './thread-main.ts';

let next: i32 = 0;

const runRest = (): void => {
${runs.join('')}  reportEnd();
};
${onStop ? resumption(onStop.name) : ''}
export const kmain = (magic: i32, information: i32): void => {
  contractBegin(magic, information, ${cases.length});
  runRest();
};
`;
  const file = path.join(KERNEL, `${list}-kmain.ts`);
  return { entry: file, overrides: new Map([[file, text]]) };
};
