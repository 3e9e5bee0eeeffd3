/**
 * Profiles for the viewer of DHAT, valgrind's heap profiler: version 2 of the format that valgrind's
 * dhat/dh_view.html reads (described in valgrind's dhat/dh_main.c).
 */

import type { LeakGroup } from './debug-heap.ts';

/** A program point: what was allocated with one stack. */
export interface DhatPoint {
  /** Bytes and blocks in all. */
  tb: number;
  tbk: number;
  /** Where lifetimes are known: the sum of them, the most at once, at the time of the peak, and at the end. */
  tl?: number;
  mb?: number;
  mbk?: number;
  gb?: number;
  gbk?: number;
  eb?: number;
  ebk?: number;
  /** Indices of frames, the innermost first. */
  fs: number[];
}

export interface DhatProfile {
  dhatFileVersion: 2;
  mode: string;
  verb: string;
  /** Whether lifetimes are known, and whether accesses are. */
  bklt: boolean;
  bkacc: boolean;
  /** The unit of time, that of a million of them, and below how many a lifetime counts as short. */
  tu: string;
  Mtu: string;
  tuth?: number;
  cmd: string;
  pid: number;
  /** The times of the peak and of the end. */
  tg?: number;
  te: number;
  pps: DhatPoint[];
  ftbl: string[];
}

const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0;

/** Why the viewer would refuse `profile`, or show nonsense; undefined if it would not. */
export const dhatProblem = (profile: DhatProfile): string | undefined => {
  if (profile.dhatFileVersion !== 2) return 'dhatFileVersion is not 2';
  for (const field of ['mode', 'verb', 'tu', 'Mtu', 'cmd'] as const) {
    if (typeof profile[field] !== 'string') return `${field} is no string`;
  }
  if (typeof profile.bklt !== 'boolean' || typeof profile.bkacc !== 'boolean') return 'bklt or bkacc is no boolean';
  if (!isNumber(profile.pid) || !isNumber(profile.te)) return 'pid or te is no number';
  if (profile.bklt && !(isNumber(profile.tg) && isNumber(profile.tuth))) return 'tg or tuth is no number';
  if (profile.ftbl[0] !== '[root]') return 'the first frame is not [root]';
  for (const [index, point] of profile.pps.entries()) {
    const fields = ['tb', 'tbk', ...profile.bklt ? ['tl', 'mb', 'mbk', 'gb', 'gbk', 'eb', 'ebk'] : []] as (keyof DhatPoint)[];
    const wrong = fields.find((field) => !isNumber(point[field]));
    if (wrong) return `${wrong} of point ${index} is no number`;
    if (point.fs.length === 0) return `point ${index} has no frame`;
    if (point.fs.some((frame) => !(frame > 0 && frame < profile.ftbl.length))) return `point ${index} has a frame that is not in ftbl`;
  }
  return undefined;
};

/** Blocks that are left, by their places, as a profile; `command` is what the viewer shows as the program's. */
export const dhatOf = (groups: LeakGroup[], command: string): DhatProfile => {
  const frames = new Map<string, number>([['[root]', 0]]);
  const frameOf = (text: string): number => {
    if (!frames.has(text)) frames.set(text, frames.size);
    return frames.get(text)!;
  };
  const pps = groups.map(({ place, blocks, bytes }) => ({
    tb: bytes,
    tbk: blocks,
    fs: (place.length > 0 ? place : ['from a place that is not known']).map(frameOf),
  }));
  return {
    dhatFileVersion: 2, mode: 'tallow-live', verb: 'Live', bklt: false, bkacc: false, tu: 'operations', Mtu: 'Mop', tuth: 1,
    cmd: command, pid: 0, te: 0, pps, ftbl: [...frames.keys()],
  };
};
