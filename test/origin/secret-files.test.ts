import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { argumentsOf } from '../support/command-line.js'
import { RawConnection } from '../support/raw-connection.js'
import { encodeRequest } from '../support/resp-frames.js'
import { startServer, type RunningServer } from '../support/servers.js'
import { HttpOrigin } from './support/http-origin.js'

/*
 * Secrets from the directive to the wire, by the program itself: an origin behind TLS that wants a client's certificate and
 * a token. The certificate's key and the token come out of secret files and the environment, and are seen nowhere else.
 */

const tls = (name: string): string => readFileSync(join('test/origin/support/tls', name), 'utf8')
const token = 'Token-0f3c5a7e9b'
const inEnvironment = 'Environment-77d1'
/** A line out of the midst of the key. */
const [, keyLine] = tls('client.key').split('\n')

let folder: string
let origin: HttpOrigin
/** Subjects of the certificates that clients showed. */
let subjects: unknown[]
let server: RunningServer | null
let connections: RawConnection[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'truedis-test-secrets-'))
  for (const name of ['ca.pem', 'client.pem', 'client.key']) writeFileSync(join(folder, name), tls(name))
  writeFileSync(join(folder, 'token'), `${token}\n`)
  const demands = { requestCert: true, rejectUnauthorized: true, ca: tls('ca.pem') }
  origin = await HttpOrigin.start({ cert: tls('server.pem'), key: tls('server.key'), ...demands })
  origin.resources.set('/1', Buffer.from('one'))
  subjects = []
  origin.misbehaviour = (request, response) => {
    subjects.push((request.socket as TLSSocket).getPeerCertificate().subject.CN)
    if (request.headers.authorization === `Bearer ${inEnvironment}` && request.headers['x-token'] === token) {
      origin.serve(request, response)
    } else response.writeHead(401).end()
  }
  server = null
  connections = []
})

afterEach(async () => {
  for (const connection of connections) connection.destroy()
  await server?.stop()
  await origin.close()
  rmSync(folder, { recursive: true, force: true })
})

const start = (options: readonly string[]): Promise<RunningServer> =>
  startServer('truedis', options, { TRUEDIS_TEST_SECRET: inEnvironment })

async function connect(): Promise<(line: string) => Promise<string>> {
  const connection = await RawConnection.open(server!.port)
  connections.push(connection)
  return async (line) => {
    connection.send(encodeRequest(argumentsOf(line)))
    return (await connection.read(1)).map(String).join('')
  }
}

/** A directive's words. */
const directive = (name: string, pattern: string): string[] => {
  const file = (one: string): string => `@${join(folder, one)}`
  return [
    ...[name, pattern, `${origin.url}/{1}`, 'validate', 'always'],
    ...['header', 'Authorization: Bearer ${TRUEDIS_TEST_SECRET}', 'header', `X-Token: ${file('token')}`],
    ...['ca', join(folder, 'ca.pem'), 'cert', file('client.pem'), 'key', file('client.key')],
  ]
}

const quoted = (words: readonly string[]): string => words.map((word) => `"${word}"`).join(' ')

test('secrets reach the origin, and nothing else: no reply, monitor, error, log, or configuration', async () => {
  server = await start([
    ...['--enable-origin-command', 'yes', '--slowlog-log-slower-than', '0', '--loglevel', 'debug'],
    ...['--origin', ...directive('o', 'k:*')],
  ])
  const [ask, monitor] = [await connect(), await connect()]
  const shown = [await monitor('MONITOR')]
  const say = async (line: string): Promise<string> => {
    const reply = await ask(line)
    shown.push(reply)
    return reply
  }
  await say('CONFIG SET origin-slowlog-slower-than 0')
  expect(await say('GET k:1')).toBe('$3\r\none\r\n')
  expect(await say(`ORIGIN ADD ${quoted(directive('added', 'added:*'))}`)).toBe('+OK\r\n')
  expect(await say('GET added:1')).toBe('$3\r\none\r\n')
  expect(subjects).toEqual(['client of the tests', 'client of the tests'])

  const [, , ...rest] = directive('x', 'x:*')
  for (const more of [
    'nonsense x',
    `schema @${folder}/client.key`,
    `write @${folder}/token`,
    'ttl "${TRUEDIS_TEST_SECRET}"',
  ]) {
    expect(await say(`ORIGIN ADD x x:* ${quoted(rest)} ${more}`)).toMatch(/^-ERR origin 'x': /)
  }
  expect(await say(`ORIGIN ADD x x:* @${folder}/token`)).toMatch(/^-ERR origin 'x': an origin's URL starts with/)
  const keyOfAnother = `ORIGIN ADD x x:* ${origin.url}/{1} ca @${folder}/ca.pem cert @${folder}/ca.pem key @${folder}/client.key`
  expect(await say(keyOfAnother)).toBe('+OK\r\n')
  expect(await say('GET x:1')).toMatch(/^-ORIGINDOWN [^\n]*KEY_VALUES_MISMATCH/)
  for (const line of [
    ...[
      'ORIGIN LIST',
      'ORIGIN INFO o',
      'ORIGIN INFO added',
      'ORIGIN EXPLAIN k:1',
      'ORIGIN SLOWLOG GET',
      'INFO everything',
    ],
    ...['SLOWLOG GET -1', 'CONFIG GET *', 'CLIENT LIST', 'COMMAND LOG', 'CONFIG REWRITE'],
  ]) {
    await say(line)
  }
  const list = await ask('ORIGIN LIST')
  expect(list).toContain('k:*')
  expect(list).toContain('Authorization: ***')
  await ask('ECHO end')
  for (let heard = ''; !heard.includes('"end"'); shown.push(heard)) heard = String((await connections[1].read(1))[0])
  const rewritten = readFileSync(join(server.directory, 'redis.conf'), 'utf8')
  expect(rewritten).toContain('Bearer ${TRUEDIS_TEST_SECRET}')
  expect(rewritten).toContain(`X-Token: @${folder}/token`)
  expect(rewritten.split(` key @${folder}/client.key`)).toHaveLength(4) // of 'o', 'added' and 'x'
  for (const secret of [token, inEnvironment, keyLine]) {
    expect([...shown, rewritten, server.output()].filter((text) => text.includes(secret))).toEqual([])
  }

  // what was rewritten is a whole configuration
  const copy = join(folder, 'redis.conf')
  writeFileSync(copy, rewritten.replace(/^(port|dir) .*$/gm, ''))
  const { port, directory } = server
  expect(directory).not.toBe(folder)
  await server.stop()
  server = await start(['--include', copy])
  expect(server.port).not.toBe(port)
  const again = await connect()
  expect(await again('GET k:1')).toBe('$3\r\none\r\n')
  expect(await again('GET added:1')).toBe('$3\r\none\r\n')
})
