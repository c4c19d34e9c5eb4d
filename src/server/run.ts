import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { BadValue, type Config, ConfigProblem, processTitle, systemReason } from './config/index.js'
import type { Log } from '../base/index.js'
import { LoadError } from '../persistence/index.js'
import { CrashReporter, type CrashProcess, type CrashSignal } from './crash-report.js'
import { createLog, fileWriter, type ServerLog } from './log.js'
import { ShutdownRefused, type ShutdownSignal } from './shutdown.js'
import { redisVersion, truedisVersion } from './version.js'

/** A server that listens. */
export interface RunningServer {
  /** Stops accepting, answers what was read, saves, closes everything. @throws {ShutdownRefused} it goes on */
  close(signal?: ShutdownSignal): Promise<void>
  /** Settles when the server has closed, whoever asked for it. */
  readonly closed: Promise<void>
  /** What INFO and CLIENT LIST tell now. */
  describe(): { readonly info: string; readonly clients: string }
}

/**
 * Builds a server out of the configuration, lets it listen and load; rejects with the system's error where it cannot.
 * `hasAddresses` hears that it listens and begins to load; `tookRole` that it is a replica or a primary from now on; `onFatal`
 * ends the process at once, `onCrash` as a fault would.
 */
export type StartServer = (
  config: Config,
  log: Log,
  listeners: { hasAddresses(): void; tookRole(isReplica: boolean): void; onFatal(): void; onCrash(): void },
) => Promise<RunningServer>

type ProcessSignal = ShutdownSignal | CrashSignal

/** The process around the server. */
export interface ProcessAround extends CrashProcess {
  title: string
  readonly stdout: { write(text: string): unknown }
  chdir(directory: string): void
  on(signal: ProcessSignal, listener: () => void): unknown
  on(event: 'uncaughtException', listener: (error: unknown) => void): unknown
  off(signal: ProcessSignal, listener: () => void): unknown
  off(event: 'uncaughtException', listener: (error: unknown) => void): unknown
}

/**
 * Runs a server as a process of its own until it is told to stop: log, pid file, title, signals.
 *
 * @throws {ConfigProblem} it cannot start, in one line
 */
export async function runServer(config: Config, start: StartServer, around: ProcessAround = process): Promise<void> {
  const { values } = config
  const listens = values.port !== 0 && values.bind.length > 0
  if (!listens && values.unixsocket === '') {
    throw new ConfigProblem(
      config.placeOf('port'),
      'nothing to listen on; give a port and bind addresses, or a unixsocket',
    )
  }
  const log = openLog(config, around)
  enterDirectory(config, around)
  log.warning(
    `Truedis is starting: version=${truedisVersion}, Redis version=${redisVersion}, node=${process.versions.node}`,
  )
  log.warning(config.configFile === undefined ? 'No config file: defaults and command line' : 'Configuration loaded')
  for (const notice of config.notices()) log.warning(notice)
  let server: RunningServer | null = null
  const reporter = new CrashReporter({
    around,
    log,
    version: truedisVersion,
    describe: () => server?.describe() ?? { info: '', clients: '' },
    leave: () => removePidFile(config),
  })
  config.onChange('crashLogEnabled', (isEnabled) => void (reporter.isEnabled = isEnabled))
  reporter.isEnabled = values.crashLogEnabled
  reporter.start()
  try {
    server = await startUp(config, start, around, log, reporter)
    if (listens) log.notice('Ready to accept connections')
    if (values.unixsocket !== '') log.notice(`The server is now ready to accept connections at ${values.unixsocket}`)
    await untilClosed(server, log, around)
  } finally {
    removePidFile(config)
    reporter.stop()
  }
  log.warning('Truedis is now ready to exit, bye bye...')
}

/** @throws {ConfigProblem} it cannot start, in one line */
async function startUp(
  config: Config,
  start: StartServer,
  around: ProcessAround,
  log: ServerLog,
  reporter: CrashReporter,
): Promise<RunningServer> {
  const { values } = config
  const hasAddresses = (): void => {
    writePidFile(values.pidfile, around.pid, log)
    showTitle(config, around)
    // tools wait for the pid before they connect: it is not told before they can
    log.notice(`Running mode=standalone, port=${values.port}, PID: ${around.pid}`)
    log.warning('Server initialized')
  }
  const tookRole = (isReplica: boolean): void => void (log.isReplica = isReplica)
  const onFatal = (): void => around.exit(1)
  const onCrash = (): void => reporter.crash('SIGSEGV')
  try {
    return await start(config, log, { hasAddresses, tookRole, onFatal, onCrash })
  } catch (error) {
    // the line that tools look for to try another port
    if (isPortTaken(error)) log.warning(`Failed listening on port ${values.port} (TCP), aborting.`)
    throw startProblem(config, error)
  }
}

function openLog(config: Config, around: ProcessAround): ServerLog {
  const { logfile, loglevel } = config.values
  const write = logfile === '' ? (line: string) => around.stdout.write(line) : fileWriter(config.resolvePath(logfile))
  if (logfile !== '') {
    try {
      closeSync(openSync(config.resolvePath(logfile), 'a'))
    } catch (error) {
      throw new ConfigProblem(config.placeOf('logfile'), `can't open the log file '${logfile}': ${systemReason(error)}`)
    }
  }
  const log = createLog({ level: loglevel, write, pid: around.pid })
  config.onChange('loglevel', (level) => {
    log.level = level
  })
  return log
}

/** Redis's `dir` is the directory of the whole process: relative paths of origins and of the log follow it. */
function enterDirectory(config: Config, around: ProcessAround): void {
  around.chdir(config.values.dir)
  config.onChange('dir', (directory) => {
    try {
      around.chdir(directory)
    } catch (error) {
      throw new BadValue(systemReason(error)) // it has gone since it was looked at
    }
  })
}

function isPortTaken(error: unknown): boolean {
  const { code, port } = error as NodeJS.ErrnoException & { port?: number }
  return code === 'EADDRINUSE' && port !== undefined && port > 0
}

/** A failed start as one line for whoever configured it; a bug stays a bug. */
function startProblem(config: Config, error: unknown): unknown {
  if (error instanceof LoadError) return new ConfigProblem('', error.message)
  const { code, syscall } = error as NodeJS.ErrnoException
  if (code === undefined || (syscall !== 'listen' && syscall !== 'bind')) return error
  const { address, port } = error as { address?: string; port?: number }
  const isSocket = port === undefined || port < 0
  const place = config.placeOf(isSocket ? 'unixsocket' : code === 'EADDRNOTAVAIL' ? 'bind' : 'port')
  const where = isSocket ? `unix socket ${address ?? config.values.unixsocket}` : `${address ?? '*'}:${port}`
  const advice: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another server listens there; stop it, or choose another with --port',
    EACCES: 'use a port from 1024 on, or run with the permission for it',
    EADDRNOTAVAIL: 'this machine has no such address; see bind',
  }
  const end = advice[code] === undefined ? '' : `; ${advice[code]}`
  return new ConfigProblem(place, `can't listen on ${where}: ${systemReason(error)}${end}`)
}

function removePidFile({ values }: Config): void {
  if (values.pidfile !== '') rmSync(values.pidfile, { force: true })
}

function writePidFile(path: string, pid: number, log: Log): void {
  if (path === '') return
  try {
    writeFileSync(path, `${pid}\n`)
  } catch (error) {
    log.warning(`Can't write the pid file '${path}': ${systemReason(error)}`)
  }
}

function showTitle(config: Config, around: ProcessAround): void {
  const show = (): void => {
    const { bind, port, unixsocket, procTitleTemplate } = config.values
    const listenAddress = port === 0 ? `unixsocket:${unixsocket}` : `${bind[0] ?? '*'}:${port}`
    const configFile = config.configFile ?? ''
    const parts = { title: 'truedis', listenAddress, configFile, port, unixSocket: unixsocket }
    around.title = processTitle(procTitleTemplate, parts) ?? around.title
  }
  if (!config.values.setProcTitle) return
  show()
  config.onChange('procTitleTemplate', show)
}

/** A signal closes in order, which may take as long as it takes. SIGINT while that lasts is somebody who insists: it ends the process. */
async function untilClosed(server: RunningServer, log: Log, around: ProcessAround): Promise<void> {
  let closing: Promise<void> | undefined
  let fail = (_reason: unknown): void => undefined
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject
  })
  const stop = (signal: ShutdownSignal) => () => {
    if (closing !== undefined && signal === 'SIGINT') {
      log.warning('You insist... exiting now.')
      around.exit(1)
      return
    }
    log.warning(`Received ${signal} scheduling shutdown...`)
    closing ??= server.close(signal)
    closing.catch((reason: unknown) => {
      if (reason instanceof ShutdownRefused) closing = undefined
      else fail(reason)
    })
  }
  const listeners = { SIGTERM: stop('SIGTERM'), SIGINT: stop('SIGINT') }
  around.on('SIGTERM', listeners.SIGTERM)
  around.on('SIGINT', listeners.SIGINT)
  await Promise.race([server.closed, failed])
  around.off('SIGTERM', listeners.SIGTERM)
  around.off('SIGINT', listeners.SIGINT)
}
