import { setTimeout as delay } from 'node:timers/promises'
import type { RespClient } from './resp-client.js'

const waitMsMax = 600_000

/**
 * A field of INFO, as text.
 *
 * @throws the server has no such field in this section
 */
export async function infoText(client: RespClient, section: string, name: string): Promise<string> {
  return fieldOf(String(await client.call('INFO', section)), name)
}

/** A number that INFO tells. */
export async function infoNumber(client: RespClient, section: string, name: string): Promise<number> {
  return Number.parseFloat(await infoText(client, section, name))
}

/** The value of `name:value` in INFO's text. */
export function fieldOf(info: string, name: string): string {
  const found = new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)
  if (found === null) throw new Error(`INFO has no ${name}`)
  return found[1]
}

/** Asks again and again, `pauseMs` after each answer, until it holds; an hour-glass of 10 minutes ends it with an error. */
export async function until(holds: () => Promise<boolean>, pauseMs = 20): Promise<void> {
  for (const deadlineMs = Date.now() + waitMsMax; !(await holds()); await delay(pauseMs)) {
    if (Date.now() > deadlineMs) throw new Error('a job is not done after 10 minutes')
  }
}

export async function timedMs(run: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now()
  await run()
  return performance.now() - startedMs
}
