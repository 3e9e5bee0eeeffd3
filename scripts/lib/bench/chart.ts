/** A comparison as a picture: time and memory of each allocator over all workloads, as SVG. */
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Comparison } from './compare.ts';
import { geometricMean } from './statistics.ts';

/** Below this a workload says nothing about memory. */
const LIVE_BYTES_MIN = 65_536;

interface Point {
  allocator: string;
  workload: string;
  /** Over the baseline's. */
  time: number;
  /** Linear memory over peak live bytes. */
  memory: number | null;
}

/** Allocators that went through everything, with their figures. */
const pointsOf = ({ results, workloads, allocators }: Comparison, baseline: string): Point[] => {
  const find = (workload: string, allocator: string) =>
    results.find((result) => result.workload === workload && result.allocator === allocator);
  return allocators.filter(({ name }) => workloads.every((workload) => find(workload.name, name))).flatMap(({ name }) =>
    workloads.map((workload) => {
      const { median, memoryBytes } = find(workload.name, name)!;
      return {
        allocator: name,
        workload: workload.name,
        time: median / find(workload.name, baseline)!.median,
        memory: workload.peakLiveBytes < LIVE_BYTES_MIN ? null : memoryBytes / workload.peakLiveBytes,
      };
    }));
};

/** A row of bars of geometric means with a tick for every workload, on a logarithmic axis. */
const panel = (points: readonly Point[], field: 'time' | 'memory', title: string, order: readonly string[]) => {
  const values = points.filter((point) => point[field] !== null);
  const means = order.map((allocator) => ({
    allocator,
    mean: geometricMean(values.filter((point) => point.allocator === allocator).map((point) => point[field]!)),
  }));
  const y = { field: 'allocator', type: 'nominal', sort: [...order], title: null } as const;
  const scale = { type: 'log' } as const;
  return {
    width: 330,
    height: { step: 22 },
    layer: [
      { data: { values }, mark: { type: 'tick' as const, thickness: 1, opacity: 0.45, color: '#555', tooltip: false }, encoding: { y, x: { field, type: 'quantitative' as const, scale, title } } },
      { data: { values: means }, mark: { type: 'point' as const, filled: true, size: 70, opacity: 1 }, encoding: {
        y, x: { field: 'mean', type: 'quantitative' as const, scale, title },
        color: { condition: { test: "datum.allocator === 'tallow'", value: '#c2410c' }, value: '#1d4ed8' },
      } },
      { data: { values: means }, mark: { type: 'text' as const, align: 'left' as const, dx: 7, dy: -6, fontSize: 10 }, encoding: {
        y, x: { field: 'mean', type: 'quantitative' as const, scale }, text: { field: 'mean', type: 'quantitative' as const, format: '.2f' },
      } },
    ],
  };
};

/**
 * The chart as SVG.
 * @param baseline name of the allocator that times are compared with.
 * @throws an Error if it is not among them.
 */
export const chartOf = async (comparison: Comparison, baseline: string): Promise<string> => {
  if (!comparison.allocators.some(({ name }) => name === baseline)) throw new Error(`a chart compares with ${baseline}, which is not among the allocators`);
  const points = pointsOf(comparison, baseline);
  const names = [...new Set(points.map(({ allocator }) => allocator))];
  const meanTime = (name: string): number => geometricMean(points.filter(({ allocator }) => allocator === name).map(({ time }) => time));
  const order = names.sort((a, b) => meanTime(a) - meanTime(b));
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    title: { text: 'Point: geometric mean of all workloads; tick: a workload', subtitle: comparison.engine, fontSize: 12, anchor: 'start' },
    hconcat: [
      panel(points, 'time', `time over ${baseline}'s`, order),
      panel(points, 'memory', 'linear memory over peak live bytes', order),
    ],
  };
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
  return `${await view.toSVG()}\n`;
};
