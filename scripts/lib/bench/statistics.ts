/** The few statistics that the report needs. */

export interface Summary {
  readonly median: number;
  readonly min: number;
  /** Half the distance between the quartiles, as a part of the median. */
  readonly spread: number;
}

/** The value below which the part `at` (0 to 1) of sorted values lies. */
const quantile = (sorted: readonly number[], at: number): number => {
  const position = (sorted.length - 1) * at;
  const low = sorted[Math.floor(position)] ?? NaN;
  const high = sorted[Math.ceil(position)] ?? NaN;
  return low + (high - low) * (position % 1);
};

/** What the samples of one measurement come to. */
export const summarise = (samples: readonly number[]): Summary => {
  const sorted = [...samples].sort((a, b) => a - b);
  const median = quantile(sorted, 0.5);
  return { median, min: quantile(sorted, 0), spread: (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 2 / median };
};

/** The mean for ratios; of nothing it is NaN. */
export const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
