import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Config } from '../../src/server/config/index.js'
import { OomScore } from '../../src/server/oom-score.js'
import { createLog } from '../../src/server/log.js'

let directory: string
let lines: string[]
const log = createLog({ write: (line) => lines.push(line) })
const file = (): string => join(directory, 'oom_score_adj')
const score = (): string => readFileSync(file(), 'utf8')

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'truedis-oom-'))
  writeFileSync(file(), '22\n')
  lines = []
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

function begin(...given: string[]): {
  config: Config
  oomScore: OomScore
  set: (name: string, value: string) => unknown
} {
  const config = new Config({ lines: given })
  const oomScore = new OomScore(config, log, file())
  return { config, oomScore, set: (name, value) => config.set([[name, value]], { local: true }) }
}

test('the score is left alone until it is asked for, and put back when it is not any more', () => {
  const { set } = begin()
  expect(score()).toBe('22\n')
  set('oom-score-adj-values', '9 10 11')
  expect(score()).toBe('22\n')
  set('oom-score-adj', 'yes')
  expect(score()).toBe('31')
  set('oom-score-adj', 'absolute')
  expect(score()).toBe('9')
  set('oom-score-adj', 'no')
  expect(score()).toBe('22')
})

test('a replica has the second value, and no score leaves the range of the system', () => {
  const { oomScore, set } = begin('oom-score-adj absolute', 'oom-score-adj-values 5 600 0')
  expect(score()).toBe('5')
  oomScore.isReplica = true
  expect(score()).toBe('600')
  set('oom-score-adj-values', '5 2000 0')
  expect(score()).toBe('1000')
  oomScore.isReplica = false
  expect(score()).toBe('5')
})

test('what the system refuses is refused by CONFIG SET, and a line in the log at the start', async () => {
  rmSync(directory, { recursive: true })
  const { config, set } = begin('oom-score-adj yes')
  expect(lines.join('')).toContain('Failed to apply new oom_score_adj configuration')
  expect(await set('oom-score-adj', 'absolute')).toMatchObject({
    message: expect.stringContaining('Failed to') as string,
  })
  expect(config.value('oom-score-adj')).toBe('yes')
})
