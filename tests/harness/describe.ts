/** Bugs and blocks that are left in plain words: the same that wasi/debug/describe.c says. */

import * as audit from '../../kernel-heap/audit-layout.ts';
import type { Block, Bug, LeakGroup } from './debug-heap.ts';

export const hexadecimal = (number: number, digits = 8): string => `0x${(number >>> 0).toString(16).padStart(digits, '0')}`;

export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const blockText = ({ number, bytes, ptr }: Block): string => `block ${number} of ${counted(bytes, 'byte')} at ${hexadecimal(ptr)}`;

/** The innermost place, then a line for each that it was called from. */
export const placeText = (place: string[]): string => place.join('\n          from ');

export const placeLine = (what: string, place: string[]): string[] => (place.length === 0 ? [] : [`${what}${placeText(place)}`]);

const damage = ({ block, count, offset, found }: Bug, where: string, when: string): string => {
  const were = count === 1 ? ' was overwritten' : ' were overwritten';
  const first = count === 1 ? ', at offset ' : ', the first at offset ';
  return `${counted(count, 'byte')}${where}${blockText(block!)}${were}${when}${first}${offset}, which holds ${hexadecimal(found, 2)}`;
};

const STRAY: Record<number, string> = {
  [audit.AUDIT_STALE]: 'stale pointer',
  [audit.AUDIT_INTERIOR]: 'interior pointer',
  [audit.AUDIT_FOREIGN]: 'pointer to another heap',
  [audit.AUDIT_METADATA]: 'pointer to what the heap keeps',
  [audit.AUDIT_MISALIGNED]: 'misaligned pointer',
  [audit.AUDIT_OUTSIDE]: 'pointer out of all memory',
  [audit.AUDIT_UNMARKED]: 'pointer to no external value',
  [audit.AUDIT_EXTERNAL_SIZE]: 'pointer to an external value of an impossible size',
};

const stray = ({ count, found, address, offset, block, target }: Bug): string[] => {
  const holder = block ? `, at offset ${offset} of ${blockText(block)}` : `, at ${hexadecimal(address)}`;
  const leads = target ? `, leads ${found === target.ptr ? 'to' : 'into'} ${blockText(target)}${target.isFreed ? ', which was freed' : ''}` : '';
  return [
    `${STRAY[count]}: ${hexadecimal(found)}${holder}${leads}`,
    ...placeLine('  held by block allocated at ', block?.place ?? []),
    ...placeLine('  target allocated at ', target?.place ?? []),
    ...target?.isFreed ? placeLine('  target freed at     ', target.freedPlace) : [],
  ];
};

/** The first line, and the words before the place where it was noticed. */
const headline = (bug: Bug): [first: string, now: string] => {
  const { code, address, offset, count, block } = bug;
  switch (code) {
    case 'DOUBLE_FREE': return [`double free: ${blockText(block!)} was freed before`, '  again at     '];
    case 'UNALIGNED_FREE':
      return [`unaligned free: ${hexadecimal(address)} is at offset ${offset} of ${blockText(block!)}`, '  freed at     '];
    case 'SIZE_MISMATCH':
      return [`size mismatch: ${blockText(block!)} was freed as one of ${counted(count, 'byte')}`, '  freed at     '];
    case 'OVERFLOW': return [`overflow: ${damage(bug, ' behind ', '')}`, '  noticed at   '];
    case 'UNDERFLOW': return [`underflow: ${damage(bug, ' before ', '')}`, '  noticed at   '];
    case 'WRITE_AFTER_FREE':
      return [`write after free: ${damage(bug, ' of ', ' after it was freed')}`, '  noticed at   '];
    default: return [`invalid free: ${hexadecimal(address)} is no block`, '  freed at     '];
  }
};

/** What happened, to which block, at which byte; then where it was allocated, freed and noticed, as far as is known. */
export const describeBug = (bug: Bug): string => {
  if (bug.code === 'STRAY_POINTER') return `tallow: ${stray(bug).join('\n')}\n`;
  const [first, now] = headline(bug);
  return `${[
    `tallow: ${first}`,
    ...placeLine('  allocated at ', bug.block?.place ?? []),
    ...bug.block?.isFreed ? placeLine('  freed at     ', bug.block.freedPlace) : [],
    ...placeLine(now, bug.place),
  ].join('\n')}\n`;
};

/** Blocks that are left, by where they were allocated; '' if there are none. */
export const describeLeaks = (groups: LeakGroup[]): string => {
  if (groups.length === 0) return '';
  const total = (key: 'blocks' | 'bytes'): number => groups.reduce((sum, group) => sum + group[key], 0);
  const lines = [`tallow: not freed: ${counted(total('blocks'), 'block')}, ${counted(total('bytes'), 'byte')}`];
  for (const { place, blocks, bytes, siblingsFreed } of groups) {
    const where = place.length === 0 ? ' from a place that is not known' : ` allocated at ${placeText(place)}`;
    lines.push(`  ${counted(blocks, 'block')}, ${counted(bytes, 'byte')}${where}`);
    for (const freed of siblingsFreed) lines.push(`    others from there were freed at ${placeText(freed)}`);
  }
  return `${lines.join('\n')}\n`;
};
