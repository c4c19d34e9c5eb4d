import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { truedisProgram, type ServerKind } from '../support/servers.js'

const version = '7.0.15'
const folder = resolve('scratch/conformance')
const unpacked = join(folder, `redis-${version}`)

/** Programs that tests call as `src/<name>`. */
const programs = [
  'redis-cli',
  'redis-benchmark',
  'redis-server',
  'redis-sentinel',
  'redis-check-aof',
  'redis-check-rdb',
] as const

/**
 * The unpacked Redis 7.0.15 whose tests are run. Fetched once, from Debian's source package, into a folder that git
 * ignores; `REDIS_SUITE` names one that is there already.
 *
 * @throws {Error} in one line: why there is none
 */
export function suiteFolder(): string {
  const suite = process.env['REDIS_SUITE'] ?? unpacked
  if (!existsSync(join(suite, 'tests/test_helper.tcl'))) {
    if (suite !== unpacked) throw new Error(`REDIS_SUITE: no tests in ${suite}`)
    fetchSuite()
  }
  return resolve(suite)
}

/** The units of the suite, by name; TLS is not among them. */
export function unitsOfSuite(suite: string): string[] {
  const text = readFileSync(join(suite, 'tests/test_helper.tcl'), 'utf8')
  const list = /set ::all_tests \{([^}]*)\}/.exec(text)?.[1] ?? ''
  return list
    .split(/\s+/)
    .filter((unit) => unit !== '' && unit !== 'unit/tls')
    .sort()
}

/** A folder in which one unit is run: the suite's files, and the programs that it calls. */
export interface Stage {
  readonly suite: string
  remove(): void
}

/**
 * A folder of its own, so that runs at the same time do not meet in the suite's; a temporary one, for the path of a
 * Unix socket must be short.
 *
 * @param kind which server the suite starts as `src/redis-server`
 */
export function setStage(suite: string, kind: ServerKind): Stage {
  const stage = mkdtempSync(join(tmpdir(), 'truedis-suite-'))
  for (const name of ['src', 'tests', 'tests/tmp']) mkdirSync(join(stage, name))
  for (const under of ['.', 'tests']) {
    for (const name of readdirSync(join(suite, under))) {
      if (!existsSync(join(stage, under, name))) symlinkSync(join(suite, under, name), join(stage, under, name))
    }
  }
  for (const name of programs) {
    const program = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim()
    if (program !== '') symlinkSync(program, join(stage, 'src', name))
  }
  if (kind === 'truedis') {
    // The suite finds a server by its pid, so it must be the shell's. A server that is told no addresses is expected to
    // listen on all of them, where Truedis keeps to loopback.
    const script = [
      '#!/bin/sh',
      `[ -f "$1" ] && ! grep -q '^bind' "$1" && set -- "$@" --bind '* -::*'`,
      `exec '${process.execPath}' '${resolve(truedisProgram)}' "$@"`,
      '',
    ].join('\n')
    rmSync(join(stage, 'src/redis-server'), { force: true })
    writeFileSync(join(stage, 'src/redis-server'), script, { mode: 0o755 })
  }
  return { suite: stage, remove: () => rmSync(stage, { recursive: true, force: true }) }
}

/** Why the suite cannot be run by this machine, or null. */
export function tclMissing(): string | null {
  const tclsh = spawnSync('tclsh', [], { input: 'puts [info patchlevel]', encoding: 'utf8' })
  return tclsh.status === 0 ? null : 'no tclsh on the PATH: install Debian’s package tcl'
}

/**
 * Asks apt for the source package, with package lists of its own: a machine's usual ones have no sources, and stay as
 * they are.
 */
function fetchSuite(): void {
  mkdirSync(folder, { recursive: true })
  const work = mkdtempSync(join(folder, 'apt-'))
  try {
    const [parts, lists, cache] = ['parts', 'lists', 'cache'].map((name) => join(work, name))
    for (const path of [parts, join(lists, 'partial'), join(cache, 'archives', 'partial')]) {
      mkdirSync(path, { recursive: true })
    }
    writeSources(parts)
    const options = [
      'Dir::Etc::SourceList=/dev/null',
      `Dir::Etc::SourceParts=${parts}`,
      `Dir::State::Lists=${lists}`,
      `Dir::Cache=${cache}`,
      `APT::Sandbox::User=${userInfo().username}`,
      'Acquire::Retries=3',
    ].flatMap((option) => ['-o', option])
    const apt = (...args: string[]): void => {
      execFileSync('apt-get', ['-qq', ...options, ...args], { cwd: work, stdio: ['ignore', 'ignore', 'inherit'] })
    }
    apt('update')
    apt('source', '--download-only', 'redis')
    const archive = readdirSync(work).find((name) => name.includes('.orig.tar'))
    if (archive !== `redis_${version}.orig.tar.gz`) {
      throw new Error(`Debian's source package here is ${archive ?? 'missing'}, not redis ${version}`)
    }
    execFileSync('tar', ['--extract', '--gzip', '--file', join(work, archive), '--directory', folder])
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** The machine's package sources, asked for sources instead of binaries. */
function writeSources(parts: string): void {
  const etc = '/etc/apt'
  const files = existsSync(join(etc, 'sources.list.d')) ? readdirSync(join(etc, 'sources.list.d')) : []
  for (const name of files) {
    const text = readFileSync(join(etc, 'sources.list.d', name), 'utf8')
    if (name.endsWith('.sources')) writeFileSync(join(parts, name), text.replace(/^Types:.*$/gm, 'Types: deb-src'))
    else if (name.endsWith('.list')) writeFileSync(join(parts, name), asSources(text))
  }
  const list = join(etc, 'sources.list')
  if (existsSync(list)) writeFileSync(join(parts, 'main.list'), asSources(readFileSync(list, 'utf8')))
}

const asSources = (list: string): string =>
  list
    .split('\n')
    .filter((line) => line.startsWith('deb '))
    .map((line) => line.replace(/^deb /, 'deb-src '))
    .join('\n') + '\n'
