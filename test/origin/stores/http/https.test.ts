import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TlsOptions } from 'node:tls'
import { createServer, type EmbeddedServer, type OriginOptions } from '../../../../src/index.js'
import { HttpOrigin } from '../../support/http-origin.js'

/* `https:` from the option to the wire: a real TLS server, certificates of an authority that no system knows. */

const file = (name: string): string => join(process.cwd(), 'test/origin/support/tls', name)
const pem = (name: string): string => readFileSync(file(name), 'utf8')
const authority = { ca: file('ca.pem') }
const identity = { cert: file('client.pem'), key: file('client.key') }

let origin: HttpOrigin
let server: EmbeddedServer | null = null

async function startOrigin(demands: TlsOptions = {}): Promise<void> {
  origin = await HttpOrigin.start({ cert: pem('server.pem'), key: pem('server.key'), ...demands })
  origin.resources.set('/k', Buffer.from('value'))
}

async function get(options: Partial<OriginOptions>, url = origin.url): Promise<unknown> {
  const bound = { name: 'o', pattern: 'k', url: `${url}/{key}`, validate: 'always', ...options } as OriginOptions
  server = await createServer({ port: 0, origins: [bound] })
  return server.call('GET', 'k')
}

afterEach(async () => {
  await server?.close()
  server = null
  await origin?.close()
})

test('an origin of the given authority is trusted, and asked again', async () => {
  await startOrigin()
  origin.etag = 'strong'
  expect(await get(authority)).toBe('value')
  origin.resources.set('/k', Buffer.from('another'))
  expect(await server!.call('GET', 'k')).toBe('another')
  expect(await server!.call('GET', 'k')).toBe('another')
  expect(origin.seen).toHaveLength(3)
})

test.each([
  [
    'of an authority that nobody named',
    {},
    /^ORIGINDOWN .*\(its certificate is of an authority that is not known here, see ca: (UNABLE_TO_VERIFY|.*SELF_SIGNED)/,
  ],
  [
    'that is not for this host',
    authority,
    /^ORIGINDOWN .*\(its certificate is for another host: ERR_TLS_CERT_ALTNAME_INVALID\)/,
  ],
])('a certificate %s is refused before anything is asked', async (what, options, refusal) => {
  await startOrigin()
  const url = what === 'that is not for this host' ? origin.url.replace('127.0.0.1', 'localhost') : origin.url
  await expect(get(options, url)).rejects.toThrow(refusal)
  expect(origin.seen).toHaveLength(0)
})

test('an origin that demands a certificate gets ours', async () => {
  await startOrigin({ requestCert: true, rejectUnauthorized: true, ca: pem('ca.pem') })
  await expect(get(authority)).rejects.toThrow(/^ORIGINDOWN /)
  await server!.close()
  expect(await get({ ...authority, ...identity })).toBe('value')
})

test('an origin that speaks no TLS is down', async () => {
  origin = await HttpOrigin.start()
  await expect(get(authority, origin.url.replace('http:', 'https:'))).rejects.toThrow(/^ORIGINDOWN /)
})

test('a file that is missing is named at the start', async () => {
  await startOrigin()
  await expect(get({ ca: file('nothing.pem') })).rejects.toThrow(/ca '.*nothing\.pem' cannot be read \(ENOENT\)/)
  await expect(get({ ...authority, cert: identity.cert })).rejects.toThrow('cert and key are given together')
})
