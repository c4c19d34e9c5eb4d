import { Slice } from '../../../../src/base/index.js'
import type { ValueKind } from '../../../../src/origin/options.js'
import { HttpStore, type HttpStoreOptions } from '../../../../src/origin/stores/http/http.js'
import { Template } from '../../../../src/origin/template.js'
import type { OriginBehind } from '../chaos-contract.js'
import type { OriginSettings } from '../contract.js'
import { HttpOrigin } from '../../support/http-origin.js'
import { TcpProxy } from '../../support/tcp-proxy.js'

const pathOf = new Template('/{key}', 'path')
const anything = Slice.from('*')

/** What the store calls a key; '' where it cannot. */
export const nameOf = (key: string): string => pathOf.expand(anything, Slice.from(key)) ?? ''

export const openStore = (url: string, more: Partial<HttpStoreOptions> = {}): HttpStore =>
  new HttpStore({
    origin: url,
    as: 'string',
    valueBytesMax: 100_000,
    connections: 4,
    connectTimeoutMs: 1000,
    headers: [],
    ...more,
  })

const encoded = (value: unknown, as: ValueKind): Buffer =>
  Buffer.from(as === 'hash' ? JSON.stringify(value) : String(value))

/** An origin for the contracts, behind a proxy. */
export async function openOrigin(
  settings: OriginSettings,
  prepare: (origin: HttpOrigin) => void = () => undefined,
  more: Partial<HttpStoreOptions> = {},
): Promise<OriginBehind> {
  const origin = await HttpOrigin.start()
  prepare(origin)
  const proxy = await TcpProxy.start(origin.port)
  const store = openStore(`http://127.0.0.1:${proxy.port}`, { ...settings, ...more })
  return {
    store,
    name: nameOf,
    proxy,
    set: async (key, value) => {
      if (value === null) origin.resources.delete(nameOf(key))
      else origin.resources.set(nameOf(key), encoded(value, settings.as))
    },
    breakDown: async () => {
      origin.misbehaviour = (_, response) => void response.writeHead(503).end()
    },
    close: async () => {
      await store.close()
      await proxy.stop()
      await origin.close()
    },
  }
}
