import type { Log } from '../base/index.js'
import { idLength } from './history.js'
import type { ReplicationSettings } from './host.js'
import { loadsFieldDeadlines } from './images.js'

/** Where a replica was when its link was cut: what it asks to go on from. */
export interface Position {
  readonly id: string
  readonly offset: number
}

/** How a handshake ended, or that it goes on. */
export type HandshakeResult =
  | { readonly kind: 'waiting' }
  /** The whole dataset will come, as of this point of a history; null where the primary knows of none (SYNC). */
  | { readonly kind: 'full'; readonly position: Position | null }
  /** The stream goes on, under this id if it is another. */
  | { readonly kind: 'partial'; readonly id: string | null }
  /** Not now: the reason was logged. */
  | { readonly kind: 'failed' }

export interface HandshakeOptions {
  readonly log: Log
  readonly settings: ReplicationSettings
  /** The port that clients reach this server by. */
  readonly port: number
  readonly position: Position | null
  /** The other side is to become the primary (FAILOVER). */
  readonly isFailover: boolean
  send(words: readonly string[]): void
}

/**
 * A Valkey sends snapshots that a server of this version can load, to who says nothing those of Redis 7.0: it gives up where
 * fields have deadlines. @see valkey 9.1, replication.c, replconfCommand
 */
const valkeyVersion = '9.0.0'

type Step = 'ping' | 'auth' | 'port' | 'address' | 'capabilities' | 'version' | 'psync' | 'done'

const waiting: HandshakeResult = { kind: 'waiting' }
const failed: HandshakeResult = { kind: 'failed' }

/** What is said before a resync, from PING to the reply of PSYNC, line by line. It does no I/O. */
export class Handshake {
  readonly #options: HandshakeOptions
  #step: Step = 'ping'
  /** Replies that are still to come before PSYNC is said. */
  #expected: Step[] = []

  constructor(options: HandshakeOptions) {
    this.#options = options
  }

  /** Says the first word. */
  begin(): void {
    this.#options.log.notice('Non blocking connect for SYNC fired the event.')
    this.#options.send(['PING'])
  }

  /** A line of the primary has come, its line end left out. */
  take(line: string): HandshakeResult {
    const { log } = this.#options
    switch (this.#step) {
      case 'ping':
        return this.#ponged(line)
      case 'auth':
        if (line.startsWith('-')) {
          log.warning(`Unable to AUTH to MASTER: ${line}`)
          return failed
        }
        return this.#next()
      case 'port':
        return this.#noted('listening-port', line)
      case 'address':
        return this.#noted('ip-address', line)
      case 'capabilities':
        return this.#noted('capa', line)
      case 'version':
        return this.#next() // Redis does not know it, and need not be told of in the log
      default:
        return line === '' ? waiting : this.#answered(line) // the primary shows by empty lines that it lives
    }
  }

  #ponged(line: string): HandshakeResult {
    const { log, settings, port, send } = this.#options
    const isOpen = line.startsWith('+') || /^-(NOAUTH|NOPERM|ERR operation not permitted)/.test(line)
    if (!isOpen) {
      log.warning(`Error reply to PING from master: '${line}'`)
      return failed
    }
    log.notice('Master replied to PING, replication can continue...')
    const { masterauth, masteruser, replicaAnnouncePort, replicaAnnounceIp } = settings
    if (masterauth.length > 0) {
      const user = masteruser === '' ? [] : [masteruser]
      this.#ask('auth', ['AUTH', ...user, masterauth.toString('latin1')], send)
    }
    this.#ask('port', ['REPLCONF', 'listening-port', String(replicaAnnouncePort || port)], send)
    if (replicaAnnounceIp !== '') this.#ask('address', ['REPLCONF', 'ip-address', replicaAnnounceIp], send)
    const capabilities = ['eof', 'psync2', loadsFieldDeadlines].flatMap((word) => ['capa', word])
    this.#ask('capabilities', ['REPLCONF', ...capabilities], send)
    this.#ask('version', ['REPLCONF', 'version', valkeyVersion], send)
    this.#step = this.#expected.shift()!
    return waiting
  }

  #ask(step: Step, words: readonly string[], send: HandshakeOptions['send']): void {
    this.#expected.push(step)
    send(words)
  }

  /** The reply of a REPLCONF, which older versions may not know. */
  #noted(what: string, line: string): HandshakeResult {
    if (line.startsWith('-')) {
      this.#options.log.notice(`(Non critical) Master does not understand REPLCONF ${what}: ${line}`)
    }
    return this.#next()
  }

  #next(): HandshakeResult {
    this.#step = this.#expected.shift() ?? 'psync'
    if (this.#step !== 'psync') return waiting
    const { log, position, isFailover, send } = this.#options
    if (position === null) log.notice('Partial resynchronization not possible (no cached master)')
    else log.notice(`Trying a partial resynchronization (request ${position.id}:${position.offset + 1}).`)
    const place = position === null ? ['?', '-1'] : [position.id, String(position.offset + 1)]
    send(['PSYNC', ...place, ...(isFailover ? ['FAILOVER'] : [])])
    return waiting
  }

  #answered(line: string): HandshakeResult {
    const { log, send, position } = this.#options
    this.#step = 'done'
    if (line.startsWith('+FULLRESYNC')) return this.#full(line)
    if (line.startsWith('+CONTINUE')) {
      if (position === null) {
        log.warning(`Unexpected reply to PSYNC from master: ${line}`) // nothing was there to be continued
        return failed
      }
      log.notice('Successful partial resynchronization with master.')
      const id = line.slice(10).trim()
      return { kind: 'partial', id: id.length === idLength ? id : null }
    }
    if (/^-(NOMASTERLINK|LOADING)/.test(line)) {
      log.notice(`Master is currently unable to PSYNC but should be in the future: ${line}`)
      return failed
    }
    if (line.startsWith('-ERR')) log.notice(`Master does not support PSYNC or is in error state (reply: ${line})`)
    else log.warning(`Unexpected reply to PSYNC from master: ${shown(line)}`)
    if (!line.startsWith('-')) return failed
    log.notice('Retrying with SYNC...')
    send(['SYNC'])
    return { kind: 'full', position: null }
  }

  #full(line: string): HandshakeResult {
    const { log } = this.#options
    const [, id, offset] = /^\+FULLRESYNC (\S{40}) (\d+)$/.exec(line) ?? []
    if (id === undefined || !Number.isSafeInteger(Number(offset))) {
      log.warning('Master replied with wrong +FULLRESYNC syntax.')
      return { kind: 'full', position: null }
    }
    log.notice(`Full resync from master: ${id}:${offset}`)
    return { kind: 'full', position: { id, offset: Number(offset) } }
  }
}

/** A line of somebody else's as a log may show it. */
export const shown = (line: string): string => JSON.stringify(line.slice(0, 128)).slice(1, -1)
