import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { bodyOf } from './http-origin.js'

interface Asked {
  readonly asks: readonly { readonly key: string; readonly digest?: string; readonly validator?: string }[]
}

/** A batch resource as the documentation has it: ten lines over what GET serves. */
export async function serveBatch(
  resources: ReadonlyMap<string, Buffer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { asks } = JSON.parse((await bodyOf(request)).toString()) as Asked
  const answers = asks.map(({ key, digest }) => {
    const value = resources.get(key)
    if (value === undefined) return { status: 404 }
    const held = createHash('sha256').update(value).digest('hex')
    if (held === digest) return { status: 304 }
    return { status: 200, base64: value.toString('base64') }
  })
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ answers }))
}
