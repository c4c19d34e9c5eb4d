import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { endChild, keepTrack } from './children.js'
import { RespClient } from './resp-client.js'

/** Words of a command line, with `{port}`, and `{extra}` where a question's own arguments go. */
export type CommandTemplate = readonly string[]

/** A server that answers, whoever started it. */
export interface RunningServer {
  readonly pid: number
  readonly port: number
  readonly client: RespClient
  stop(): Promise<void>
}

const startMsMax = 20_000

/** Splits a command line at blanks; quotes keep blanks, and an empty pair of them is an empty word. */
export function splitCommand(line: string): string[] {
  const words = line.match(/"[^"]*"|'[^']*'|\S+/g) ?? []
  return words.map((word) => (/^(["']).*\1$/s.test(word) ? word.slice(1, -1) : word))
}

/** The command line as a reader would type it, with `<port>` for the port and `extra` in its place. */
export function showCommand(template: CommandTemplate, extra: readonly string[] = []): string {
  const words = template.flatMap((word) => (word === '{extra}' ? extra : word.replace('{port}', '<port>')))
  return words.map((word) => (/^[\w@%+=:,./{}<>-]+$/.test(word) ? word : JSON.stringify(word))).join(' ')
}

export function fillTemplate(template: CommandTemplate, port: number, extra: readonly string[]): string[] {
  if (extra.length > 0 && !template.includes('{extra}')) {
    throw new Error('this question needs arguments of its own: give {extra} a place in the command')
  }
  return template.flatMap((word) => (word === '{extra}' ? extra : word.replace('{port}', String(port))))
}

/**
 * Starts a server on a free port of 127.0.0.1, pinned to nothing, and waits until it answers PING with no error: until it
 * has loaded what it has to load.
 *
 * @throws with what it printed, when it ends or does not answer in time
 */
export async function startServer(
  template: CommandTemplate,
  extra: readonly string[] = [],
  answersWithinMs = startMsMax,
): Promise<RunningServer> {
  const port = await freePort()
  const [program, ...args] = fillTemplate(template, port, extra)
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  const keep = (chunk: Buffer): void => void (printed = (printed + chunk.toString()).slice(-2000))
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  child.on('error', (error) => (printed += error.message))
  keepTrack(child)
  const client = await connectWhenUp(port, answersWithinMs, () => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) return
    throw new Error(`${program} did not start:\n${printed}`)
  })
  const stop = (): Promise<void> => {
    client.close()
    return endChild(child)
  }
  return { pid: child.pid as number, port, client, stop }
}

async function connectWhenUp(port: number, withinMs: number, mustLive: () => void): Promise<RespClient> {
  for (const deadlineMs = Date.now() + withinMs; ; await delay(10)) {
    mustLive()
    let client: RespClient | undefined
    try {
      client = await RespClient.connect(port)
      await client.call('PING')
      return client
    } catch (error) {
      client?.close()
      if (Date.now() > deadlineMs) throw error
    }
  }
}

/** A port nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  return address.port
}
