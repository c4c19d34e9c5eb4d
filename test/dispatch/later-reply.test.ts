import { ManualClock } from '../../src/base/index.js'
import { command, type Later } from '../../src/command/index.js'
import { allCommands } from '../../src/commands/index.js'
import { DispatchBench } from '../origin/support/dispatch-bench.js'

test.each([
  ['OFF', [['CLIENT', 'REPLY', 'OFF'], ['LATER'], ['PING'], ['CLIENT', 'REPLY', 'ON']], ['OK']],
  ['SKIP', [['CLIENT', 'REPLY', 'SKIP'], ['LATER'], ['PING']], ['PONG']],
])('a reply that comes later is silent too under CLIENT REPLY %s', (_mode, requests, replies) => {
  const later: Later[] = []
  const spec = { group: 'generic', since: '0', summary: '', complexity: 'O(1)', arity: 1, flags: [] } as const
  const LATER = command({ ...spec, name: 'LATER', run: (call) => void later.push(call.later()) })
  const bench = new DispatchBench({ commands: [...allCommands, LATER], clock: new ManualClock() })
  const client = bench.client()
  client.request(...requests)
  expect(client.replies).toEqual([])
  later[0].settle((reply) => reply.simple('late'))
  expect(client.replies).toEqual(replies)
})
