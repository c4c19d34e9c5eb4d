import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeUnless } from './needs.js'
import { RawConnection } from './raw-connection.js'

/** A server in a process and a temporary folder of its own. */
export interface RunningServer {
  readonly kind: ServerKind
  readonly port: number
  readonly pid: number
  readonly directory: string
  /** What it printed, both streams, for a failure's message. */
  output(): string
  /** Its exit code, once it has ended. */
  readonly exited: Promise<number | null>
  /** Ends it by its pid and deletes its folder. */
  stop(): Promise<void>
}

export type ServerKind = 'redis' | 'truedis'

/**
 * Who stands beside redis-server. `DIFFERENTIAL_SUBJECT=redis` compares Redis with itself, which must show no
 * difference: whatever does is a fault of the tests.
 */
export const subjectKind: ServerKind = process.env['DIFFERENTIAL_SUBJECT'] === 'redis' ? 'redis' : 'truedis'

/** How often a server that starts is tried, and how many times: 15 seconds at least, in which the machine may stand still. */
const pollMs = 10
const pollsMax = 1500
/** What package.json's `bin` names. */
export const truedisProgram = 'dist/bin/truedis.js'

/** The same for both, so that they differ in nothing but what they are. */
const commonOptions = ['--save', '', '--appendonly', 'no', '--enable-debug-command', 'yes', '--bind', '127.0.0.1']

/**
 * Starts a server on a free port of 127.0.0.1 and waits until it accepts connections.
 *
 * Both get an (empty) configuration file of their own, so that CONFIG REWRITE has one to rewrite.
 *
 * @param environment beside this process's
 */
export async function startServer(
  kind: ServerKind,
  options: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(kind, options, environment)
    } catch (error) {
      // Between finding a free port and the server's bind another process may have taken it.
      if (attempt === 3) throw error
    }
  }
}

async function startOnce(
  kind: ServerKind,
  options: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<RunningServer> {
  const port = await freePort()
  const directory = mkdtempSync(join(tmpdir(), `truedis-test-${kind}-`))
  const configuration = join(directory, 'redis.conf')
  writeFileSync(configuration, '')
  const all = [configuration, '--port', String(port), '--dir', directory, ...commonOptions, ...options]
  const env = { ...process.env, ...environment }
  const child = kind === 'redis' ? spawn('redis-server', all, { env }) : spawnTruedis(all, env)
  let output = ''
  child.stdout?.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-20_000)))
  child.stderr?.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-20_000)))
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code))
    child.once('error', () => resolve(null))
  })
  const orphan = (): void => void child.kill('SIGKILL')
  process.once('exit', orphan) // a test that is torn down half-way leaves no server behind
  const stop = async (): Promise<void> => {
    process.removeListener('exit', orphan)
    const deadline = setTimeout(() => child.kill('SIGKILL'), 5_000)
    child.kill('SIGTERM')
    await exited
    clearTimeout(deadline)
    rmSync(directory, { recursive: true, force: true })
  }
  if (!(await accepts(port, child))) {
    await stop()
    throw new Error(`${kind} did not start on port ${port}:\n${output}`)
  }
  return { kind, port, pid: child.pid ?? 0, directory, output: () => output, exited, stop }
}

/** Starts `truedis` as a user would, by the file that package.json's bin names. */
export function spawnTruedis(args: readonly string[], env = process.env): ChildProcess {
  if (!existsSync(truedisProgram)) throw new Error(`${truedisProgram} is missing: run "npm run build" first`)
  return spawn(process.execPath, [truedisProgram, ...args], { env })
}

async function accepts(port: number, child: ChildProcess): Promise<boolean> {
  for (let polls = 0; child.exitCode === null && polls < pollsMax; polls++) {
    const connection = await RawConnection.open(port).catch(() => null)
    if (connection !== null) {
      connection.destroy()
      return true
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  return false
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise<void>((resolve) => probe.close(() => resolve()))
  return port
}

/** Why this machine has no Redis to compare with, or null when it has one. Replies are compared with 7.0's, byte for byte. */
export function redisMissing(): string | null {
  const answer = spawnSync('redis-server', ['--version'], { encoding: 'utf8' })
  if (answer.status !== 0) return 'no redis-server on the PATH'
  const version = /v=(\S+)/.exec(answer.stdout)?.[1] ?? 'unknown'
  return version.startsWith('7.0.') ? null : `redis-server 7.0 is needed, the one on the PATH is ${version}`
}

/**
 * `describe` for tests that need a real Redis: without one they are skipped with one line that says so, except in CI,
 * where nothing may be skipped for that.
 */
export function describeWithRedis(name: string, body: () => void): void {
  describeUnless(redisMissing(), name, body)
}
