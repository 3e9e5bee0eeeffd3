/** The contract kernel's entry, generated from the list of cases. */

import path from 'node:path';
import { bundle } from './bundle.ts';
import { CORE_EXTERNAL } from './module.ts';
import { ROOT } from './paths.ts';

const CASES = path.join(ROOT, 'tests/contract/cases/index.ts');

/** Where the generated file would stand; it is never written. */
const ENTRY = path.join(ROOT, 'qemu/kernel/contract-kmain.ts');

/** The names of all cases, in the order in which they run. */
export const contractCases = (): string[] => bundle({ entry: CASES, externals: CORE_EXTERNAL }).exports;

/** What to tell buildModule: an entry whose kmain runs every case. */
export const contractEntry = (): { entry: string; overrides: Map<string, string> } => {
  const cases = contractCases();
  const runs = cases.map((name) => `  reportAnnounce('${name}');\n  contractReport('${name}', ${name}(contractStart(), contractSize()));\n`);
  const text = `import { ${cases.join(', ')} } from '../../tests/contract/cases/index.ts';
import { reportAnnounce, reportEnd } from './case-report.ts';
import { contractBegin, contractReport, contractSize, contractStart } from './contract.ts';

export { callStackTell } from './call-stack.ts';
export { consolePrintText } from './console.ts';
export { interruptRaised } from './interrupts.ts';
export { exceptionRaised, panicked } from './stop.ts';
export { placePrint } from './symbols.ts';
export { threadMain } from './thread-main.ts';

export const kmain = (magic: i32, information: i32): void => {
  contractBegin(magic, information, ${cases.length});
${runs.join('')}  reportEnd();
};
`;
  return { entry: ENTRY, overrides: new Map([[ENTRY, text]]) };
};
