import type { Services } from '../../command/index.js'

/** Advice for whoever sees spikes of an event. */
const adviceOn: Readonly<Record<string, readonly ((services: Services) => string | null)[]>> = {
  command: [slowLogAdvice, () => 'SLOWLOG GET shows the slow calls with their arguments. Commands that look at every element of a large value, KEYS and DEBUG are the usual ones; SCAN and its family take a little at a time.'], // prettier-ignore
  'fast-command': [
    () =>
      'Commands that are always fast were held up by something else: other processes on the same processor, swapping, or a collection of garbage. Give the server a processor of its own and enough memory.',
  ],
  'expire-cycle': [
    () =>
      'Expired keys are deleted in slices of a millisecond; slices that take longer were held up by other processes on the same processor.',
  ],
  'eviction-cycle': [
    () =>
      'Memory had to be freed before writes could go on. Large values written at once, and maxmemory lowered by CONFIG SET, ask for much at a time: leave maxmemory some room above what is usually in use.',
  ],
}

function slowLogAdvice({ latency, slowLog }: Services): string | null {
  if (slowLog.thresholdMicros < 0) {
    return `The slow log is off: CONFIG SET slowlog-log-slower-than ${latency.thresholdMs * 1000} keeps the calls that take as long as these.`
  }
  if (slowLog.thresholdMicros / 1000 <= latency.thresholdMs) return null
  return `The slow log keeps calls from ${slowLog.thresholdMicros} microseconds on, so it misses some of these: CONFIG SET slowlog-log-slower-than ${latency.thresholdMs * 1000} keeps them all.`
}

/** LATENCY DOCTOR's report: what took long, how often and how regularly, and what may help. */
export function latencyReport(services: Services): string {
  const { latency } = services
  const { events } = latency
  if (events.length === 0) {
    return latency.thresholdMs === 0
      ? 'Latency is not watched. CONFIG SET latency-monitor-threshold <milliseconds> begins to note what takes at least so long.\n'
      : `Nothing has taken ${latency.thresholdMs} milliseconds or more.\n`
  }
  let text = 'These took long:\n\n'
  for (const [index, event] of events.entries()) {
    const { count, mean, deviation, periodSeconds, longest } = latency.figures(event)!
    const every = (periodSeconds / count).toFixed(2)
    text += `${index + 1}. ${event}: ${count} latency spikes (average ${mean}ms, mean deviation ${deviation}ms, period ${every} sec). Worst all time event ${longest}ms.\n`
  }
  const advice = events.flatMap((event) => (adviceOn[event] ?? []).map((give) => give(services)))
  const given = advice.filter((line) => line !== null)
  return given.length === 0 ? text : `${text}\nWhat may help:\n\n${given.map((line) => `- ${line}\n`).join('')}`
}
