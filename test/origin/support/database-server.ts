import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../support/servers.js'

export type DatabaseKind = 'postgres' | 'mariadb'

/** Database servers refuse to run as root: then they run as nobody. */
const nobody = 65_534
const identity = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}

const startMs = 20_000

/** Folders of a program, Debian's of PostgreSQL first, which puts none on the PATH. */
function programFolders(): string[] {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  return [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(':'),
    '/usr/sbin',
  ]
}

function program(name: string): string | null {
  const folder = programFolders().find((folder) => existsSync(join(folder, name)))
  return folder === undefined ? null : join(folder, name)
}

const programs = {
  postgres: ['postgres', 'initdb'],
  mariadb: ['mariadbd', 'mariadb-install-db'],
} as const

/** Why this machine has no such server; null when it has one. */
export function databaseMissing(kind: DatabaseKind): string | null {
  const missing = programs[kind].find((name) => program(name) === null)
  return missing === undefined ? null : `no ${missing} on this machine`
}

/** `describe` for tests that need the server: without one they are skipped with one line that says so; in CI they fail. */
export function describeWithDatabase(kind: DatabaseKind, name: string, body: () => void): void {
  const missing = databaseMissing(kind)
  if (missing === null) {
    describe(name, body)
  } else if (process.env['CI']) {
    describe(name, () => test(`has a ${kind} to run against`, () => expect(missing).toBeNull()))
  } else {
    process.stderr.write(`SKIPPED: ${name}: ${missing}\n`)
    describe.skip(name, body)
  }
}

/** A real database server in a temporary folder, on a free port of 127.0.0.1. Its administrator is `admin`, without a password. */
export class DatabaseServer {
  readonly kind: DatabaseKind
  readonly directory: string
  readonly #options: readonly string[]
  #port = 0
  #child: ChildProcess | null = null
  #output = ''

  private constructor(kind: DatabaseKind, options: readonly string[]) {
    this.kind = kind
    this.#options = options
    this.directory = mkdtempSync(join(tmpdir(), `truedis-test-${kind}-`))
    if (identity.uid !== undefined) chownSync(this.directory, nobody, nobody)
  }

  /** @param options of the server's command line */
  static async start(kind: DatabaseKind, options: readonly string[] = []): Promise<DatabaseServer> {
    const server = new DatabaseServer(kind, options)
    try {
      server.#create()
      for (let attempt = 1; ; attempt++) {
        try {
          server.#port = await freePort()
          await server.start()
          return server
        } catch (error) {
          if (attempt === 3) throw error // somebody else may have taken the port
        }
      }
    } catch (error) {
      await server.remove()
      throw error
    }
  }

  get port(): number {
    return this.#port
  }

  /** Starts it, or starts it again on the same port and data. */
  async start(): Promise<void> {
    const child = this.kind === 'postgres' ? this.#spawnPostgres() : this.#spawnMariadb()
    this.#child = child
    let isReady = (): void => undefined
    const ready = new Promise<boolean>((resolve) => (isReady = () => resolve(true)))
    const ended = new Promise<boolean>((resolve) => child.once('close', () => resolve(false)))
    const read = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-20_000)
      if (/ready (?:to accept|for) connections/.test(chunk.toString())) isReady()
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    const deadline = setTimeout(() => child.kill('SIGKILL'), startMs)
    const isUp = await Promise.race([ready, ended])
    clearTimeout(deadline)
    if (!isUp) throw new Error(`${this.kind} did not start on port ${this.port}:\n${this.#output}`)
  }

  /** Ends it, by its pid, as an administrator would in a hurry: connections are cut. */
  async stop(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null) return
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.kill(this.kind === 'postgres' ? 'SIGINT' : 'SIGKILL')
    await ended
  }

  async remove(): Promise<void> {
    await this.stop()
    rmSync(this.directory, { recursive: true, force: true })
  }

  #create(): void {
    const data = join(this.directory, 'data')
    if (this.kind === 'postgres') {
      this.#once('initdb', ['-D', data, '-U', 'admin', '--auth=trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'])
      return
    }
    const options = ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db']
    this.#once('mariadb-install-db', [...options, '--skip-name-resolve', '--innodb-log-file-size=4M'])
  }

  #once(name: string, options: readonly string[]): void {
    const done = spawnSync(program(name) as string, options, { ...identity, cwd: this.directory, encoding: 'utf8' })
    if (done.status !== 0) throw new Error(`${name} failed:\n${done.stdout}${done.stderr}`)
  }

  #spawnPostgres(): ChildProcess {
    const settings = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'listen_addresses=127.0.0.1']
    const more = [...settings, `unix_socket_directories=${this.directory}`, ...this.#options]
    const options = more.flatMap((setting) => ['-c', setting])
    return this.#spawn('postgres', ['-D', join(this.directory, 'data'), '-p', String(this.port), ...options])
  }

  #spawnMariadb(): ChildProcess {
    return this.#spawn('mariadbd', [
      '--no-defaults',
      `--datadir=${join(this.directory, 'data')}`,
      `--socket=${join(this.directory, 'socket')}`,
      `--port=${this.port}`,
      '--bind-address=127.0.0.1',
      '--skip-name-resolve',
      '--innodb-flush-log-at-trx-commit=2',
      '--innodb-buffer-pool-size=64M',
      '--innodb-log-file-size=4M',
      ...this.#options,
    ])
  }

  #spawn(name: string, options: readonly string[]): ChildProcess {
    const child = spawn(program(name) as string, options, { ...identity, cwd: this.directory })
    const orphan = (): void => void child.kill('SIGKILL')
    process.once('exit', orphan) // a test that is torn down half-way leaves no server behind
    child.once('close', () => process.removeListener('exit', orphan))
    return child
  }
}
