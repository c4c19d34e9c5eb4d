import { mean } from './statistics.js'

/** Named measurements of one run, all in the units their names say. */
export type Sample<Metric extends string> = Readonly<Record<Metric, number>>

/** Per side and metric, one value a round. */
export type Rounds<Side extends string, Metric extends string> = Readonly<
  Record<Side, Readonly<Record<Metric, readonly number[]>>>
>

/**
 * Measures the sides in turn, forward and back in each round (A B B A), so that whatever drifts on the machine meets
 * all of them alike. The two runs of a side in a round are averaged into one value.
 */
export async function interleave<Side extends string, Metric extends string>(
  sides: readonly Side[],
  rounds: number,
  run: (side: Side) => Promise<Sample<Metric>>,
): Promise<Rounds<Side, Metric>> {
  const result = {} as Record<Side, Record<Metric, number[]>>
  for (let round = 0; round < rounds; round++) {
    const samples = {} as Record<Side, Sample<Metric>[]>
    for (const side of [...sides, ...[...sides].reverse()]) (samples[side] ??= []).push(await run(side))
    for (const side of sides) {
      const metrics = (result[side] ??= {} as Record<Metric, number[]>)
      for (const metric of Object.keys(samples[side][0]) as Metric[]) {
        const values = (metrics[metric] ??= [])
        values.push(mean(samples[side].map((sample) => sample[metric])))
      }
    }
  }
  return result
}
