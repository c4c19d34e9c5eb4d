import { command } from '../../../command/index.js'
import { humanBytes } from '../../../observe/index.js'
import { memoryFigures, ratio, type MemoryFigures } from './figures.js'

const mib = 1 << 20
/** Less than this is used: whatever the ratios are, they mean nothing. */
const littleBytes = 5 * mib
/** What is wasted must be worth speaking of. */
const noteworthyBytes = 10 * mib
/** Mean bytes of a client's buffers. */
const clientBytesMax = 200 * 1024

interface Finding {
  /** By Redis's own bounds. */
  readonly applies: (figures: MemoryFigures) => boolean
  readonly says: (figures: MemoryFigures) => string
}

const isWasted = (part: number, whole: number, most: number): boolean =>
  ratio(part, whole) > most && part - whole > noteworthyBytes

const findings: readonly Finding[] = [
  {
    applies: ({ peak, used }) => ratio(peak, used) > 1.5,
    says: ({ peak, used }) =>
      `Peak: ${humanBytes(peak)} were used once, ${humanBytes(used)} are now. What was freed is reused by later writes; MEMORY PURGE gives back what lies free in whole chunks.`,
  },
  {
    applies: ({ residentSet, used }) => isWasted(residentSet, used, 1.4),
    says: ({ residentSet, used }) =>
      `Resident set: the process takes ${humanBytes(residentSet)} for ${humanBytes(used)} in use. After a peak that is to be expected; otherwise look at the entries below.`,
  },
  {
    applies: ({ active, allocated }) => isWasted(active, allocated, 1.1),
    says: ({ active, allocated }) =>
      `Holes: ${humanBytes(active - allocated)} lie free between values, as it happens when values change their sizes. "CONFIG SET activedefrag yes" moves the values together.`,
  },
  {
    applies: ({ resident, active }) => isWasted(resident, active, 1.1),
    says: ({ resident, active }) =>
      `Empty chunks: ${humanBytes(resident - active)} are kept for what comes next. MEMORY PURGE gives them back.`,
  },
  {
    applies: ({ residentSet, resident }) => isWasted(residentSet, resident, 1.1),
    says: ({ residentSet, resident, nodeHeap }) =>
      `Beside the data: ${humanBytes(residentSet - resident)} belong to Node itself, ${humanBytes(nodeHeap)} of them to its heap, or wait to be collected.`,
  },
  {
    applies: ({ clients, clientCount }) => ratio(clients, clientCount) > clientBytesMax,
    says: ({ clients, clientCount }) =>
      `Clients: the buffers of ${clientCount} clients take ${humanBytes(clients)}. CLIENT LIST shows whose (omem: replies that are not read, qbuf: requests that are not complete).`,
  },
]

function diagnose(figures: MemoryFigures): string {
  if (figures.used < littleBytes) {
    return `Only ${humanBytes(figures.used)} are used: too little to tell anything from. Ask again when there is data.\n`
  }
  const found = findings.filter(({ applies }) => applies(figures))
  if (found.length === 0) return 'Nothing about the use of memory looks wrong.\n'
  return `What stands out:\n\n${found.map(({ says }) => ` * ${says(figures)}\n\n`).join('')}`
}

export const DOCTOR = command({
  name: 'MEMORY|DOCTOR',
  group: 'server',
  since: '4.0.0',
  summary: 'Says what looks wrong about the use of memory.',
  complexity: 'O(1)',
  arity: 2,
  flags: [],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  run({ services, reply }) {
    reply.verbatim(diagnose(memoryFigures(services)))
  },
})
