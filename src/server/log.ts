import { appendFileSync } from 'node:fs'
import { pino } from 'pino'
import { type Clock, type Log, systemClock } from '../base/index.js'

export type LogLevel = 'debug' | 'verbose' | 'notice' | 'warning'

/** What goes with a line, shown after it as `name=value`. Fields named like a secret are masked. */
export type LogFields = Readonly<Record<string, unknown>>

type Line = (text: string, fields?: LogFields) => void

/** A log whose level can change, and whose lines may carry fields. */
export interface ServerLog extends Log {
  /** Lines below this level are dropped. */
  level: LogLevel
  /** Whether lines say that they are a replica's. */
  isReplica: boolean
  readonly debug: Line
  readonly verbose: Line
  readonly notice: Line
  readonly warning: Line
}

export interface LogOptions {
  readonly level?: LogLevel
  /** Takes one line with its line end. */
  readonly write: (line: string) => void
  readonly clock?: Clock
  readonly pid?: number
}

const levels: Readonly<Record<LogLevel, number>> = { debug: 20, verbose: 30, notice: 40, warning: 50 }
const marks = new Map([
  [20, '.'],
  [30, '-'],
  [40, '*'],
  [50, '#'],
])
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const secrets = ['password', 'pass', 'auth', 'authorization', 'requirepass', 'masterauth', 'secret', 'token', 'header']

/** A log whose lines look like Redis's: `3897:M 20 Nov 2026 10:42:03.352 * Ready to accept connections`. */
export function createLog({ level = 'notice', write, clock = systemClock, pid = process.pid }: LogOptions): ServerLog {
  let isReplica = false
  const destination = {
    write: (json: string) => write(formatLine(JSON.parse(json) as Entry, `${pid}:${isReplica ? 'S' : 'M'}`)),
  }
  const logger = pino<LogLevel>(
    {
      level,
      customLevels: { ...levels },
      useOnlyCustomLevels: true,
      base: null,
      timestamp: () => `,"time":${clock.unixMs()}`,
      serializers: { error: pino.stdSerializers.err },
      redact: { paths: [...secrets, ...secrets.map((name) => `*.${name}`)], censor: '***' },
    },
    destination,
  )
  const line =
    (of: LogLevel): Line =>
    (text, fields = {}) =>
      logger[of](fields, text)
  return {
    get level() {
      return logger.level as LogLevel
    },
    set level(value) {
      logger.level = value
    },
    get isReplica() {
      return isReplica
    },
    set isReplica(value) {
      isReplica = value
    },
    debug: line('debug'),
    verbose: line('verbose'),
    notice: line('notice'),
    warning: line('warning'),
  }
}

/**
 * Appends to a file that is opened for every line, as Redis does: who rotates it need tell nobody. A line that cannot
 * be written is lost; the server goes on.
 */
export function fileWriter(path: string): (line: string) => void {
  return (line) => {
    try {
      appendFileSync(path, line)
    } catch {
      // A full disk must not take the server down.
    }
  }
}

interface Entry {
  readonly level: number
  readonly time: number
  readonly msg?: string
  readonly [field: string]: unknown
}

function formatLine({ level, time, msg = '', ...fields }: Entry, who: string): string {
  const shown = Object.entries(fields).map(([name, value]) => ` ${name}=${formatField(value)}`)
  // A line is a line: what a client sent must not be able to forge another one.
  const text = `${msg}${shown.join('')}`.replace(/\p{Cc}/gu, escapeControl)
  return `${who} ${formatTime(new Date(time))} ${marks.get(level) ?? '*'} ${text}\n`
}

const escapeControl = (char: string): string => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`

function formatField(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const { message } = value as { message?: unknown }
  return typeof message === 'string' ? message : JSON.stringify(value)
}

function formatTime(time: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${two(time.getDate())} ${months[time.getMonth()]} ${time.getFullYear()}`
  const hour = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
  return `${day} ${hour}.${String(time.getMilliseconds()).padStart(3, '0')}`
}
