import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ManualClock } from '../../src/base/index.js'
import { createLog, fileWriter, type LogLevel } from '../../src/server/log.js'

const collected = (level: LogLevel = 'debug') => {
  const lines: string[] = []
  const clock = new ManualClock(new Date(2026, 10, 5, 4, 3, 2, 1).getTime())
  return { lines, log: createLog({ level, write: (line) => lines.push(line), clock, pid: 42 }) }
}

test('lines look like those of Redis', () => {
  const { lines, log } = collected()
  log.debug('a')
  log.verbose('b')
  log.notice('c')
  log.warning('d')
  expect(lines).toEqual([
    '42:M 05 Nov 2026 04:03:02.001 . a\n',
    '42:M 05 Nov 2026 04:03:02.001 - b\n',
    '42:M 05 Nov 2026 04:03:02.001 * c\n',
    '42:M 05 Nov 2026 04:03:02.001 # d\n',
  ])
})

test('a replica’s lines say that they are one’s', () => {
  const { lines, log } = collected()
  log.isReplica = true
  log.notice('a')
  log.isReplica = false
  log.notice('b')
  expect(lines.map((line) => line.slice(0, 5))).toEqual(['42:S ', '42:M '])
})

test('what is below the level is dropped, and the level can change', () => {
  const { lines, log } = collected('notice')
  log.verbose('a')
  log.level = 'verbose'
  log.verbose('b')
  log.level = 'warning'
  log.notice('c')
  expect(log.level).toBe('warning')
  expect(lines.map((line) => line.slice(-4))).toEqual(['- b\n'])
})

test('fields follow the text, and secrets among them are masked', () => {
  const { lines, log } = collected()
  log.warning('origin is down', {
    origin: 'users',
    error: new Error('no answer'),
    password: 'swordfish',
    request: { authorization: 'Bearer swordfish', path: '/1' },
  })
  expect(lines[0]).toContain('# origin is down origin=users error=no answer password=***')
  expect(lines[0]).toContain('"path":"/1"')
  expect(lines[0]).not.toContain('swordfish')
})

test('nobody can forge a line', () => {
  const { lines, log } = collected()
  log.warning('key a\r\n42:M forged\x1b[0m')
  expect(lines).toHaveLength(1)
  expect(lines[0].endsWith('# key a\\x0d\\x0a42:M forged\\x1b[0m\n')).toBe(true)
})

test('a file that is moved away is opened anew, and one that cannot be written stops nobody', () => {
  const directory = mkdtempSync(join(tmpdir(), 'truedis-log-'))
  const path = join(directory, 'log')
  const write = fileWriter(path)
  write('a\n')
  renameSync(path, join(directory, 'old'))
  write('b\n')
  expect(readFileSync(path, 'utf8')).toBe('b\n')
  rmSync(directory, { recursive: true })
  write('c\n')
})
