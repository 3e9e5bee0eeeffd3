/**
 * Profiles for the viewer of DHAT, valgrind's heap profiler: version 2 of the format that valgrind's
 * dhat/dh_view.html reads (described in valgrind's dhat/dh_main.c).
 */

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
  if (profile.bklt && !isNumber(profile.tg)) return 'tg is no number';
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
