import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeWithRedis } from '../support/servers.js'
import { run, RunningExample } from './running-example.js'

describeWithRedis('two nodes in front of a Redis Cluster', () => {
  const temporary = process.env['TMPDIR']
  let directory: string
  beforeEach(() => {
    directory = process.env['TMPDIR'] = mkdtempSync(join(tmpdir(), 'truedis-near-'))
  })
  afterEach(() => {
    if (temporary === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = temporary
    rmSync(directory, { recursive: true, force: true })
  })

  test('read locally, see each other’s writes and the cluster’s, and outlive a failover and a resharding', () => {
    const shown = run('near-cache/near-cache.mjs').replace(/\b\d{5}\b/g, 'PORT')
    const [, ...scenes] = shown.split('\n\n')
    expect(scenes).toEqual([
      `Reads are local while nothing changes:
$ redis-cli -c -p PORT SET user:bjarne one
OK
  A and B read "one"
  1000 reads of A asked the cluster nothing`,
      `A write made at the cluster is told by its own client tracking:
$ redis-cli -c -p PORT SET user:bjarne two
OK
  A and B read "two"`,
      `A write to one node is made at the cluster first, and the other node hears of it:
$ redis-cli -p PORT SET user:bjarne three
OK
$ redis-cli -c -p PORT GET user:bjarne
three
  A and B read "three"
$ redis-cli -p PORT APPEND user:bjarne , and four
15
  A and B read "three, and four"`,
      `The primary of its slot, PORT, is killed. What is held is served on while a replica takes over:
$ redis-cli -p PORT GET user:bjarne
three, and four
  PORT has taken over
  A and B read "five"`,
      `Its slot moves from PORT to PORT:
$ redis-cli -c -p PORT SET user:bjarne six
OK
  A and B read "six"
$ redis-cli -p PORT SET user:bjarne seven
OK
  A and B read "seven"
  1000 reads of B asked the cluster nothing`,
      'All have ended.\n',
    ])
    expect(readdirSync(directory)).toEqual([]) // which it deletes when all have ended
  }, 120_000)

  test('end when they are interrupted while they start', async () => {
    const example = RunningExample.start('near-cache/near-cache.mjs')
    await example.line(/^Starting/)
    expect(await example.stop()).toBe(0)
    expect(example.errors).toBe('')
    expect(readdirSync(directory)).toEqual([])
  })
})
