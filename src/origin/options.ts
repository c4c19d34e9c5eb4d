import { nearest, parseDuration } from '../base/index.js'
import type { OriginValue } from '../keyspace/index.js'
import { Coverage } from './coverage.js'
import { RouteError } from './route-error.js'
import type { Validation } from './rules.js'
import type { Expand } from './secrets.js'

/** What a bound key holds: bytes, or the fields of a hash. */
export type ValueKind = OriginValue['kind']

/** What becomes of clients' writes. */
export type WritePolicy = 'reject' | 'local' | 'through' | 'behind'

/** Where deliveries are taken, and the path at the origin that is asked for proofs. */
export interface WebhookPlace {
  readonly host: string
  readonly port: number
  readonly path: string
  readonly proof: string
}

/** Every option of a route, read and checked. */
export interface RouteOptions {
  as: ValueKind
  validation: Validation
  staleWhileRevalidateMs: number
  staleIfErrorMs: number
  /** Whether a read in the last fifth of the lifetime renews the copy behind its reply. */
  refreshAhead: boolean
  /** How long "absent" is fresh. */
  negativeValidation: Validation
  /** The copy's time to live; null: none. */
  ttlMs: number | null
  write: WritePolicy
  softTimeoutMs: number
  hardTimeoutMs: number
  maxInFlight: number
  queueMax: number
  /** Writes that wait to be made, under `write behind`; more are refused. */
  pendingMax: number
  breakerFailures: number
  breakerPauseMs: number
  valueBytesMax: number
  db: number | 'all'
  /** Whether snapshots hold its copies. */
  persist: boolean
  /** A file with the JSON Schema of its values. */
  schema: string | null
  /** The resource of an HTTP origin that answers many asks at once. */
  batch: string | null
  /** Where an HTTP origin tells of changes, and its resource that is asked for proofs that it told all. */
  webhook: WebhookPlace | null
  webhookSecret: string | null
  /** Header lines for an HTTP origin, with secrets filled in. */
  headers: (readonly [name: string, value: string])[]
  /** Of a TLS connection: files, or what stands in them. */
  ca: string | null
  cert: string | null
  key: string | null
}

/** Stands for "not given" until all options are read. */
const asForValues: Validation = { mode: 'always' }

const defaults = (): RouteOptions => ({
  as: 'string',
  validation: { mode: 'always' },
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: -1,
  refreshAhead: false,
  negativeValidation: asForValues,
  ttlMs: null,
  write: 'reject',
  softTimeoutMs: 250,
  hardTimeoutMs: 5000,
  maxInFlight: 64,
  queueMax: 10_000,
  pendingMax: 1_000_000,
  breakerFailures: 5,
  breakerPauseMs: 1000,
  valueBytesMax: 64 * 1024 * 1024,
  db: 0,
  persist: true,
  schema: null,
  batch: null,
  webhook: null,
  webhookSecret: null,
  headers: [],
  ca: null,
  cert: null,
  key: null,
})

const staleIfErrorDefaultMs = 600_000
const mebibyte = 1024 * 1024

/** Redis's own limit of a string. */
export const valueBytesLimit = 512 * mebibyte

const writePolicies: readonly WritePolicy[] = ['reject', 'local', 'through', 'behind']

type Reader = (options: RouteOptions, values: readonly string[], name: string) => void

interface OptionReader {
  /** Values that follow the option's name. */
  readonly values: number
  /** What these are, where it is not one. */
  readonly needs?: string
  /** Whether the word behind these values is one more. */
  readonly mayFollow?: (values: readonly string[], next: string) => boolean
  readonly read: Reader
}

const one = (read: (options: RouteOptions, value: string, name: string) => void): OptionReader => ({
  values: 1,
  read: (options, [value], name) => read(options, value, name),
})

const readers: ReadonlyMap<string, OptionReader> = new Map([
  ['as', one((options, value, name) => (options.as = choice(name, value, ['string', 'hash'])))],
  [
    'validate',
    {
      values: 1,
      mayFollow: ([mode], next) => mode.toLowerCase() === 'push' && parseDuration(next.toLowerCase()) !== null,
      read: (options, values) => (options.validation = validation(values.join(' '))),
    },
  ],
  ['stale-while-revalidate', one((o, value, name) => (o.staleWhileRevalidateMs = duration(name, value)))],
  ['refresh-ahead', one((options, value, name) => (options.refreshAhead = yesOrNo(name, value)))],
  ['stale-if-error', one((options, value, name) => (options.staleIfErrorMs = duration(name, value)))],
  [
    'negative-ttl',
    one(
      (options, value, name) => (options.negativeValidation = { mode: 'lifetime', lifetimeMs: duration(name, value) }),
    ),
  ],
  ['ttl', one((options, value, name) => (options.ttlMs = duration(name, value, 1)))],
  ['write', one((options, value, name) => (options.write = choice(name, value, writePolicies)))],
  ['soft-timeout', one((options, value, name) => (options.softTimeoutMs = duration(name, value)))],
  ['hard-timeout', one((options, value, name) => (options.hardTimeoutMs = duration(name, value, 1)))],
  ['max-in-flight', one((options, value, name) => (options.maxInFlight = count(name, value, 1, 65_536)))],
  ['queue-max', one((options, value, name) => (options.queueMax = count(name, value, 0, 10_000_000)))],
  ['pending-max', one((options, value, name) => (options.pendingMax = count(name, value, 1, 100_000_000)))],
  ['breaker', { values: 2, needs: 'failures and a pause, as in: breaker 5 1s', read: readBreaker }],
  ['value-bytes-max', one((options, value, name) => (options.valueBytesMax = size(name, value)))],
  ['db', one((options, value, name) => (options.db = value === 'all' ? 'all' : count(name, value, 0, 1_000_000)))],
  ['persist', one((options, value, name) => (options.persist = yesOrNo(name, value)))],
  ['schema', one((options, value) => (options.schema = value))],
  ['batch', one((options, value) => (options.batch = value))],
  ['webhook', { values: 2, needs: 'a place and a path, as in: webhook 7001 /proof', read: readWebhook }],
  ['webhook-secret', one((options, value) => (options.webhookSecret = webhookSecret(value)))],
  ['header', one((options, value) => options.headers.push(header(value)))],
  ['ca', one((options, value) => (options.ca = value))],
  ['cert', one((options, value) => (options.cert = value))],
  ['key', one((options, value) => (options.key = value))],
])

/** The options that a directive may name. */
export const optionNames: readonly string[] = [...readers.keys()]

/** The values that follow an option's name at `tokens[at]`; one where there is no such option. */
export function valuesAt(tokens: readonly string[], at: number): readonly string[] {
  const reader = readers.get(tokens[at].toLowerCase())
  const end = at + 1 + (reader?.values ?? 1)
  const values = tokens.slice(at + 1, end)
  return end < tokens.length && reader?.mayFollow?.(values, tokens[end]) === true ? [...values, tokens[end]] : values
}

export interface WrittenOption {
  readonly name: string
  readonly values: readonly string[]
}

/**
 * Splits `[option value]...`, case of the names folded, each option at most once but `header`.
 *
 * @throws {RouteError} unknown option, missing value
 */
export function splitOptions(tokens: readonly string[]): WrittenOption[] {
  const split: WrittenOption[] = []
  for (let at = 0; at < tokens.length;) {
    const name = tokens[at].toLowerCase()
    const reader = readers.get(name)
    if (reader === undefined) throw new RouteError(unknownOption(name))
    if (name !== 'header' && split.some((other) => other.name === name)) {
      throw new RouteError(`option '${name}' is given twice`)
    }
    const values = valuesAt(tokens, at)
    if (values.length < reader.values) throw new RouteError(`option '${name}' needs ${reader.needs ?? 'a value'}`)
    at += 1 + values.length
    split.push({ name, values })
  }
  return split
}

function unknownOption(name: string): string {
  const meant = nearest(name, optionNames)
  const instead = meant === undefined ? `options are ${optionNames.join(', ')}` : `did you mean '${meant}'?`
  return `unknown option '${name}'; ${instead}`
}

/**
 * Reads what `splitOptions` gave.
 *
 * @throws {RouteError} a bad value; what a secret stands for is not shown
 */
export function readOptions(written: readonly WrittenOption[], expand: Expand): RouteOptions {
  const options = defaults()
  for (const { name, values } of written) {
    const filled = values.map((value) => expand(value, name))
    try {
      readers.get(name)?.read(options, filled, name)
    } catch (error) {
      const secret = filled.some((value, i) => value !== values[i])
      throw secret ? new RouteError(`option '${name}' cannot be '${values.join(' ')}', once that is filled in`) : error
    }
  }
  return finish(options)
}

/** What one option says about another. */
function finish(options: RouteOptions): RouteOptions {
  if (options.staleIfErrorMs < 0) {
    options.staleIfErrorMs = options.validation.mode === 'strict' ? 0 : staleIfErrorDefaultMs
  }
  if (options.negativeValidation === asForValues) options.negativeValidation = options.validation
  if (options.softTimeoutMs > options.hardTimeoutMs) {
    throw new RouteError('soft-timeout may not be longer than hard-timeout')
  }
  if (options.refreshAhead && lifetimeOf(options.validation) === Infinity) {
    throw new RouteError('refresh-ahead needs a lifetime to be ahead of: validate 10s, or validate push 10s')
  }
  if ((options.cert === null) !== (options.key === null)) throw new RouteError('cert and key are given together')
  if ((options.webhook === null) !== (options.webhookSecret === null)) {
    throw new RouteError('webhook and webhook-secret are given together')
  }
  return options
}

/** How long a copy is fresh at most; Infinity where that is no matter of time. */
export const lifetimeOf = (validation: Validation): number =>
  validation.mode === 'lifetime' || validation.mode === 'push' ? validation.lifetimeMs : Infinity

function validation(value: string): Validation {
  const mode = value.toLowerCase()
  if (mode === 'strict' || mode === 'always' || mode === 'never') return { mode }
  if (mode === 'push') return { mode, lifetimeMs: Infinity, coverage: new Coverage() }
  const pushed = mode.startsWith('push ')
  const lifetimeMs = parseDuration(pushed ? mode.slice('push '.length) : mode)
  if (lifetimeMs === null) {
    throw new RouteError(`validate is strict, always, push, never or a duration such as 5s, not '${value}'`)
  }
  if (lifetimeMs === 0) throw new RouteError('validate 0 would never be fresh; use strict or always')
  return pushed ? { mode: 'push', lifetimeMs, coverage: new Coverage() } : { mode: 'lifetime', lifetimeMs }
}

function readBreaker(options: RouteOptions, [failures, pause]: readonly string[], name: string): void {
  options.breakerFailures = count(name, failures, 1, 1_000_000)
  options.breakerPauseMs = duration(name, pause, 1)
}

function readWebhook(options: RouteOptions, [place, proof]: readonly string[]): void {
  const [, host = '127.0.0.1', portText, path = '/'] =
    /^(?:(\[[\da-f:.]+\]|[^:/\s]+):)?(\d{1,5})(\/[^?#\s]*)?$/i.exec(place) ?? []
  const port = Number(portText)
  if (!(port >= 1 && port <= 65_535)) {
    throw new RouteError(`webhook is a port, host:port or host:port/path, and a path at the origin, not '${place}'`)
  }
  options.webhook = { host: host.replace(/[[\]]/g, ''), port, path, proof }
}

/** Short ones could be guessed from what they sign. */
const secretBytesMin = 16

function webhookSecret(value: string): string {
  if (Buffer.byteLength(value) < secretBytesMin) {
    throw new RouteError(`webhook-secret has at least ${secretBytesMin} bytes`)
  }
  return value
}

const yesOrNo = (name: string, value: string): boolean => choice(name, value, ['yes', 'no']) === 'yes'

function choice<T extends string>(name: string, value: string, choices: readonly T[]): T {
  const found = choices.find((one) => one === value.toLowerCase())
  if (found === undefined) throw new RouteError(`${name} is ${choices.join(' or ')}, not '${value}'`)
  return found
}

function duration(name: string, value: string, leastMs = 0): number {
  const ms = parseDuration(value.toLowerCase())
  if (ms === null || ms < leastMs) throw new RouteError(`${name} is a duration such as 250ms, 5s or 1h, not '${value}'`)
  return ms
}

function count(name: string, value: string, least: number, most: number): number {
  const number = /^\d{1,10}$/.test(value) ? Number(value) : NaN
  if (!(number >= least && number <= most)) {
    throw new RouteError(`${name} is a whole number from ${least} to ${most}, not '${value}'`)
  }
  return number
}

const sizeUnits = new Map([
  ['', 1],
  ['b', 1],
  ['k', 1000],
  ['kb', 1024],
  ['m', 1_000_000],
  ['mb', mebibyte],
  ['g', 1_000_000_000],
  ['gb', 1024 * mebibyte],
])

/** As redis.conf writes sizes: 1k is 1000, 1kb is 1024. */
function size(name: string, value: string): number {
  const parts = /^(\d{1,12})([a-z]*)$/.exec(value.toLowerCase())
  const bytes = parts === null ? NaN : Number(parts[1]) * (sizeUnits.get(parts[2]) ?? NaN)
  if (!(bytes >= 1 && bytes <= valueBytesLimit)) {
    throw new RouteError(`${name} is a size such as 64mb, at most 512mb, not '${value}'`)
  }
  return bytes
}

/** @see RFC 9110 §5.6.2 (token), §5.5 (field values) */
function header(line: string): readonly [string, string] {
  const parts = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\x20-\x7e\x80-\xff\t]*)$/.exec(line)
  if (parts === null) throw new RouteError(`header is written as "Name: value"`)
  const reserved = /^(host|connection|content-length|transfer-encoding|upgrade|if-none-match|accept-encoding|te)$/i
  if (reserved.test(parts[1])) throw new RouteError(`header ${parts[1]} is set by the store itself`)
  return [parts[1], parts[2].trim()]
}
