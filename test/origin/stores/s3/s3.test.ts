import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TlsOptions } from 'node:tls'
import { digestOfString, ManualClock, Slice } from '../../../../src/base/index.js'
import { createServer, type EmbeddedServer, type OriginOptions } from '../../../../src/index.js'
import { readOptions, splitOptions } from '../../../../src/origin/options.js'
import { openStore } from '../../../../src/origin/stores/open.js'
import type { OpenedStore } from '../../../../src/origin/stores/opening.js'
import type { Answer, Ask, OriginStore, Write, Written } from '../../../../src/origin/store.js'
import { accessKeyId, bucket, fail, region, S3Double, secretAccessKey } from '../../support/s3-double.js'
import { s3rverAccess, S3rverServer } from '../../support/s3rver.js'
import { TcpProxy } from '../../support/tcp-proxy.js'
import { chaosContract } from '../chaos-contract.js'
import { contract, type OriginSettings } from '../contract.js'
import { listingContract, namesOf } from '../listing-contract.js'
import { writingContract } from '../writing-contract.js'

const open = (url: string, options = ''): OpenedStore =>
  openStore(
    url,
    readOptions(splitOptions(options.split(' ').filter((word) => word !== '')), (value) => value),
    {
      clock: new ManualClock(),
      baseDirectory: process.cwd(),
      readFile: () => '',
      mayLoadCode: false,
      pattern: Slice.from('*'),
    },
  )

const user = `${accessKeyId}:${secretAccessKey}`
const urlOf = (port: number, more = '', as = user): string =>
  `s3://${as}@${bucket}/some/{key}?endpoint=http://127.0.0.1:${port}&region=${region}&path-style=yes${more}`
const optionsOf = ({ as, valueBytesMax }: OriginSettings): string => `as ${as} value-bytes-max ${valueBytesMax}`
const nameIn =
  ({ template }: OpenedStore) =>
  (key: string): string =>
    template.expand(Slice.from('*'), Slice.from(key)) ?? ''
const bytesOf = (value: unknown, { as }: OriginSettings): Buffer =>
  Buffer.from(as === 'hash' ? JSON.stringify(value) : String(value))

const signal = new AbortController().signal

async function overDouble(settings: OriginSettings, more = '', prepare = (_: S3Double): void => undefined) {
  const double = await S3Double.start()
  prepare(double)
  const proxy = await TcpProxy.start(double.port)
  const opened = open(urlOf(proxy.port, more), optionsOf(settings))
  const name = nameIn(opened)
  return {
    store: opened.store,
    name,
    proxy,
    set: async (key: string, value: unknown) => {
      if (value === null) double.objects.delete(name(key))
      else double.put(name(key), bytesOf(value, settings))
    },
    breakDown: async () => {
      double.misbehaviour = (_, response) => fail(response, 503, 'SlowDown')
    },
    close: async () => {
      await opened.store.close()
      await proxy.stop()
      await double.close()
      expect(double.complaints).toEqual([])
    },
  }
}

async function overS3rver(settings: OriginSettings) {
  const server = await S3rverServer.start()
  const proxy = await TcpProxy.start(server.port)
  const as = `${s3rverAccess.accessKeyId}:${s3rverAccess.secretAccessKey}`
  const opened = open(urlOf(proxy.port, '', as), optionsOf(settings))
  const direct = open(urlOf(server.port, '', as)).store
  const name = nameIn(opened)
  return {
    store: opened.store,
    name: (key: string) => (key.length > 200 ? '' : name(key)), // its file system takes no longer names
    proxy,
    set: async (key: string, value: unknown) => {
      const bytes = bytesOf(value, settings)
      const written = value === null ? null : ({ kind: 'string', bytes } as const)
      await direct.write!({ key: name(key), value: written, expected: undefined, validator: null }, signal)
    },
    breakDown: async () => server.breakDown(),
    close: async () => {
      await opened.store.close()
      await direct.close()
      await proxy.stop()
      await server.stop()
    },
  }
}

contract('S3 (a double, no checksums)', overDouble)
for (const checksum of ['sha256', 'crc32', 'composite'] as const) {
  contract(`S3 (a double, ${checksum})`, (settings) =>
    overDouble(settings, '', (double) => (double.checksum = checksum)),
  )
}
writingContract('S3 (a double that compares)', (settings) => overDouble(settings, '&conditions=yes'))
writingContract('S3 (a double that compares, looked at first)', overDouble)
writingContract('S3 (a double that ignores conditions)', (settings) =>
  overDouble(settings, '', (double) => (double.conditions = 'ignored')),
)
writingContract('S3 (a double that refuses conditions)', (settings) =>
  overDouble(settings, '&conditions=no', (double) => (double.conditions = 'refused')),
)
listingContract('S3 (a double)', overDouble)
chaosContract('S3 (a double)', overDouble)

contract('S3 (s3rver)', overS3rver)
writingContract('S3 (s3rver)', overS3rver)
listingContract('S3 (s3rver)', overS3rver)
chaosContract('S3 (s3rver)', overS3rver)

describe('S3', () => {
  let double: S3Double
  let store: OriginStore
  const opened: OriginStore[] = []

  const openMore = (more = '', options = ''): OriginStore => {
    const its = open(urlOf(double.port, more), options).store
    opened.push(its)
    return its
  }
  beforeEach(async () => {
    double = await S3Double.start()
    store = openMore('&conditions=yes')
  })
  afterEach(async () => {
    for (const its of opened.splice(0)) await its.close()
    await double.close()
  })

  const ask = async (key: string, held: Partial<Ask> = {}, by = store, until = signal): Promise<Answer> =>
    (await by.fetchMany([{ key, digest: null, validator: null, ...held }], until))[0] as Answer
  const found = async (key: string, by = store): Promise<Extract<Answer, { kind: 'found' }>> => {
    const answer = await ask(key, {}, by)
    expect(answer.kind).toBe('found')
    return answer as Extract<Answer, { kind: 'found' }>
  }
  const write = (key: string, text: string | null, more: Partial<Write> = {}, by = store): Promise<Written> => {
    const value = text === null ? null : ({ kind: 'string', bytes: Buffer.from(text) } as const)
    return by.write!({ key, value, expected: undefined, validator: null, ...more }, signal)
  }
  const methods = (): string[] => double.seen.map(({ method }) => method)
  const digest = (text: string | Buffer): Buffer => digestOfString(Buffer.from(text))

  test('lists thousands of objects in pages, of those that begin as asked, whatever they are called', async () => {
    const names = Array.from({ length: 2500 }, (_, i) => `some/${i}`)
    const odd = ['some/a+b c', 'some/%2F', 'some/\u0001<&>', 'some/é/']
    for (const name of [...names, ...odd, 'other']) double.put(name, Buffer.from('v'))
    expect((await namesOf({ store }, 'some/')).sort()).toEqual([...names, ...odd].sort())
    expect(methods()).toEqual(['GET', 'GET', 'GET'])
  })

  test('a list that breaks off is unavailable', async () => {
    const body = '<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>'
    double.misbehaviour = (_, response) => void response.writeHead(200).end(body)
    await expect(store.list!('', null, signal)).rejects.toMatchObject({ message: 'its list breaks off', counts: false })
  })

  test('a list that is refused is unavailable', async () => {
    double.misbehaviour = (_, response) => fail(response, 403, 'AccessDenied')
    await expect(store.list!('', null, signal)).rejects.toMatchObject({
      message: 'HTTP 403 (AccessDenied)',
      counts: false,
    })
  })

  describe('sameness', () => {
    test('an ETag is asked about, and 304 moves no body', async () => {
      double.put('a', Buffer.from('v'))
      const { validator = null } = await found('a')
      expect(validator).toMatch(/^"/)
      expect(await ask('a', { digest: digest('v'), validator })).toEqual({ kind: 'not-modified' })
      expect([methods(), double.bodyBytes]).toEqual([['GET', 'GET'], 1])
    })

    test('an ETag confirms a hash, too', async () => {
      const hashes = openMore('', 'as hash')
      double.put('a', Buffer.from('{"f":"v"}'))
      const { validator = null, digest: its = null } = await found('a', hashes)
      expect(await ask('a', { digest: its, validator }, hashes)).toEqual({ kind: 'not-modified' })
    })

    test('the SHA-256 of an object costs a HEAD and no body, once objects have one', async () => {
      double.checksum = 'sha256'
      double.put('a', Buffer.from('v'))
      await found('a')
      const held = { digest: digest('v') }
      expect(await ask('a', held)).toMatchObject({ kind: 'not-modified', validator: expect.stringMatching(/^"/) })
      double.put('a', Buffer.from('w'))
      expect(await ask('a', held)).toMatchObject({ kind: 'found' })
      double.objects.delete('a')
      expect(await ask('a', held)).toEqual({ kind: 'absent' })
      expect(methods()).toEqual(['GET', 'HEAD', 'HEAD', 'GET', 'HEAD', 'GET'])
    })

    test('the head of a GET that names our SHA-256 is enough: its body is not waited for', async () => {
      const body = Buffer.alloc(5_000_000, 'x')
      const sum = createHash('sha256').update(body).digest('base64')
      double.misbehaviour = (_, response) => {
        response.writeHead(200, { etag: '"e"', 'x-amz-checksum-sha256': sum, 'content-length': body.length })
        response.write(body.subarray(0, 1000)) // and never more
      }
      expect(await ask('a', { digest: digest(body) })).toEqual({ kind: 'not-modified', validator: '"e"' })
    })

    test('a checksum of checksums is no digest of the object', async () => {
      double.checksum = 'composite'
      double.put('a', Buffer.from('v'))
      expect(await found('a')).toMatchObject({ digest: digest('v') })
      await ask('a', { digest: digest('w') })
      expect(methods()).toEqual(['GET', 'GET'])
    })

    test('an object that does not have the checksum it came with is unavailable: the origin contradicts itself', async () => {
      double.checksum = 'wrong'
      double.put('a', Buffer.from('v'))
      await expect(ask('a')).rejects.toMatchObject({ name: 'Unavailable', mismatch: true, counts: false })
    })

    test('a weak ETag is no validator', async () => {
      double.misbehaviour = (_, response) =>
        void response.writeHead(200, { etag: 'W/"e"', 'content-length': 1 }).end('v')
      expect((await found('a')).validator).toBeUndefined()
    })
  })

  describe('what is answered in place of an object', () => {
    test.each([
      [503, 'SlowDown'],
      [500, 'InternalError'],
      [429, 'TooManyRequests'],
      [400, 'RequestTimeout'],
    ])('%d %s is unavailable, and counts', async (status, code) => {
      double.misbehaviour = (_, response) => fail(response, status, code)
      await expect(ask('a')).rejects.toMatchObject({ message: `HTTP ${status} (${code})`, counts: true })
    })

    test.each([
      [403, 'AccessDenied'],
      [403, 'InvalidAccessKeyId'],
      [404, 'NoSuchBucket'],
      [301, 'PermanentRedirect'],
      [400, 'AuthorizationHeaderMalformed'],
    ])('%d %s is unavailable, and does not count', async (status, code) => {
      double.misbehaviour = (_, response) => fail(response, status, code)
      await expect(ask('a')).rejects.toMatchObject({ message: `HTTP ${status} (${code})`, counts: false })
    })

    test.each([
      [403, 'InvalidObjectState'],
      [400, 'KeyTooLongError'],
    ])('%d %s refuses this one key', async (status, code) => {
      double.misbehaviour = (_, response) => fail(response, status, code)
      const reason = `was refused by it with HTTP ${status} (${code})`
      expect(await ask('a')).toEqual({ kind: 'refused', reason })
    })

    test('a 404 of somebody in between is no claim that the object is absent', async () => {
      double.misbehaviour = (_, response) => void response.writeHead(404).end('<html>not here</html>')
      await expect(ask('a')).rejects.toMatchObject({ message: 'HTTP 404 (NotFound)', counts: false })
    })

    test('a bucket that is not there is never an absent key, not even by HEAD', async () => {
      double.checksum = 'sha256'
      double.put('a', Buffer.from('v'))
      await found('a')
      double.misbehaviour = ({ method }, response) => fail(response, 404, 'NoSuchBucket', method === 'HEAD')
      await expect(ask('a', { digest: digest('v') })).rejects.toMatchObject({ counts: false })
    })

    test('a secret that is not the right one is told as what S3 calls it, without the secret', async () => {
      const wrong = open(urlOf(double.port, '', `${accessKeyId}:wrong`)).store
      await expect(ask('a', {}, wrong)).rejects.toMatchObject({ message: 'HTTP 403 (SignatureDoesNotMatch)' })
      await wrong.close()
    })
  })

  describe('bodies', () => {
    test('one without end is read up to value-bytes-max, and its connection is left', async () => {
      let sent = 0
      const closed = new Promise<void>((resolve) => {
        double.misbehaviour = (_, response) => {
          response.on('close', () => resolve())
          const more = (): void => {
            if (response.destroyed) return
            sent += 65_536
            if (response.write(Buffer.alloc(65_536))) setImmediate(more)
            else response.once('drain', more)
          }
          more()
        }
      })
      const small = openMore('', 'value-bytes-max 100000')
      const reason = 'is larger than value-bytes-max (100000 bytes)'
      expect(await ask('a', {}, small)).toEqual({ kind: 'refused', reason })
      await closed
      expect(sent).toBeLessThan(50_000_000)
    })

    test('one that says that it is too large is not waited for', async () => {
      double.misbehaviour = (_, response) => {
        response.writeHead(200, { 'content-length': 1_000_000_000 })
        response.write('x')
      }
      expect((await ask('a')).kind).toBe('refused')
    })

    test('one that breaks off is unavailable, and counts', async () => {
      double.misbehaviour = (_, response) => {
        response.writeHead(200, { 'content-length': 1000, etag: '"e"' })
        response.write('half', () => response.destroy())
      }
      await expect(ask('a')).rejects.toMatchObject({ name: 'Unavailable', counts: true })
    })

    test('as hash an object that is no JSON is that key alone', async () => {
      double.put('a', Buffer.from('<html>'))
      const reason = "holds no JSON, as 'as hash' needs"
      expect(await ask('a', {}, openMore('', 'as hash'))).toEqual({ kind: 'refused', reason })
    })
  })

  describe('connections', () => {
    test('as many as max-in-flight are made, and kept', async () => {
      double.put('a', Buffer.from('v'))
      const few = openMore('', 'max-in-flight 3')
      for (let i = 0; i < 3; i++) await Promise.all(Array.from({ length: 10 }, () => ask('a', {}, few)))
      expect(double.connections).toBe(3)
    })

    test('one that was kept and then closed is no outage', async () => {
      double.put('a', Buffer.from('v'))
      await found('a')
      let closed = false
      double.misbehaviour = (request, response) => {
        if (closed) return double.answer(request, response)
        closed = true
        response.socket?.destroy()
      }
      await found('a')
      expect(methods()).toEqual(['GET', 'GET', 'GET'])
    })

    test('nothing is tried again that was answered', async () => {
      double.misbehaviour = (_, response) => fail(response, 503, 'SlowDown')
      await expect(ask('a')).rejects.toThrow(/SlowDown/)
      await expect(write('a', 'v')).rejects.toThrow(/SlowDown/)
      expect(methods()).toEqual(['GET', 'PUT'])
    })

    test('one that hangs is let go when the signal says so', async () => {
      const controller = new AbortController()
      const closed = new Promise<void>((resolve) => {
        double.misbehaviour = (_, response) => {
          response.on('close', () => resolve())
          controller.abort()
        }
      })
      await expect(ask('a', {}, store, controller.signal)).rejects.toMatchObject({ name: 'Unavailable' })
      await closed
    })

    test('nobody there: unavailable, by its error code', async () => {
      await double.close()
      await expect(ask('a')).rejects.toMatchObject({ message: 'ECONNREFUSED', counts: true })
      double = await S3Double.start()
    })
  })

  describe('writes', () => {
    test('carry their SHA-256, their type and, where the ETag is known, their condition: one request', async () => {
      double.put('a', Buffer.from('v'))
      const { validator = null } = await found('a')
      const written = await write('a', 'w', { expected: digest('v'), validator })
      expect(written).toEqual({ kind: 'written', validator: double.objects.get('a')?.etag })
      const [, { method, headers }] = double.seen
      expect([method, headers]).toMatchObject([
        'PUT',
        {
          'if-match': validator,
          'content-type': 'application/octet-stream',
          'x-amz-checksum-sha256': digest('w').toString('base64'),
        },
      ])
      expect(await write('b', 'v', { expected: 'absent' })).toMatchObject({ kind: 'written' })
      expect(double.seen.at(-1)).toMatchObject({ method: 'PUT', headers: { 'if-none-match': '*' } })
      expect(double.complaints).toEqual([])
    })

    test('what somebody else wrote after the look is a conflict, where the service compares', async () => {
      const looking = openMore()
      double.put('a', Buffer.from('v'))
      double.misbehaviour = (request, response) => {
        if (request.method === 'PUT') double.put('a', Buffer.from('theirs'))
        double.answer(request, response)
      }
      expect(await write('a', 'w', { expected: digest('v') }, looking)).toEqual({ kind: 'conflict' })
      expect(double.objects.get('a')?.bytes.toString()).toBe('theirs')
    })

    test('a service that does not know conditions is told how to live with it', async () => {
      double.conditions = 'refused'
      const reason = 'needs conditions that it does not know: say conditions=no'
      expect(await write('a', 'v', { expected: 'absent' })).toEqual({ kind: 'refused', reason })
    })

    test.each([
      [409, 'ConditionalRequestConflict', { kind: 'conflict' }],
      [412, 'PreconditionFailed', { kind: 'conflict' }],
      [403, 'AccessDenied', { kind: 'refused', reason: 'was refused by it with HTTP 403 (AccessDenied)' }],
    ])('%d %s', async (status, code, written) => {
      double.misbehaviour = (_, response) => fail(response, status, code)
      expect(await write('a', 'v')).toEqual(written)
    })

    test('one with a condition is not sent again when its connection breaks: it may have been made', async () => {
      double.misbehaviour = (_, response) => void response.socket?.destroy()
      await expect(write('a', 'v', { expected: 'absent' })).rejects.toMatchObject({ name: 'Unavailable' })
      expect(methods()).toEqual(['PUT'])
    })
  })

  describe('its URL', () => {
    const nameOf = (url: string, key: string): string => nameIn(open(url))(key)

    test('names objects by what the first * matched, under a prefix', () => {
      expect(nameOf('s3://a-bucket?region=x', 'k')).toBe('k')
      expect(nameOf('s3://a-bucket/users/?region=x', 'k')).toBe('users/k')
      expect(nameOf('s3://a-bucket/users/{1}.json?region=x', 'é/?%#')).toBe('users/é/?%#.json')
      expect(nameOf('s3://a-bucket/a:b@{1}?region=x', 'k')).toBe('a:b@k')
    })

    test.each(['..', '.', 'a//b', '/a', 'a/', 'a/./b', '', 'a\0', 'é'.repeat(513)])('cannot name %j', (key) => {
      expect(nameOf('s3://a-bucket/{1}', key)).toBe('')
    })

    test.each([
      ['s3:/a', /is written as/],
      ['s3://a-bucket/{1}#x', /is written as/],
      ['s3://ab/{1}', /^the bucket of its s3: URL has a name whose length is 2; names have 3 to 63 characters$/],
      ['s3://a+bucket/{1}', /^the bucket of its s3: URL has a name of other characters than letters, digits/],
      ['s3://-bucket/{1}', /does not begin and end with a letter or a digit/],
      ['s3://a..bucket/{1}', /two dots in a row/],
      ['s3://127.0.0.1/{1}', /is named like an IP address; a server is given as endpoint=/],
      ['s3://a-bucket/{1}?secret=x', /is written as/],
      ['s3://id:100%@a-bucket/{1}', /%25/],
      ['s3://a-bucket/{1}?endpoint=http://id:secret@host', /^the endpoint of an s3: URL is/],
      ['s3://a-bucket/{1}?path-style=1', /yes or no/],
      ['s3://a-bucket/{1}?region=a&region=b', /once/],
    ])('%s is refused, without what it holds', (url, text) => {
      expect(() => open(url)).toThrow(text)
      expect(() => open(url)).not.toThrow(/secret@|id:/)
    })

    test('no certificate goes with an endpoint that has none', () => {
      expect(() => open('s3://a-bucket/{1}?endpoint=http://h', 'ca ca.pem')).toThrow(/its endpoint is http:/)
    })
  })
})

describe('S3, seen through the server', () => {
  let double: S3Double
  let server: EmbeddedServer
  const begin = async (tls: TlsOptions | null, more: Partial<OriginOptions> = {}): Promise<void> => {
    double = await S3Double.start(tls)
    const scheme = tls === null ? 'http' : 'https'
    const url = urlOf(double.port).replace('=http:', `=${scheme}:`).replace('{key}', '{1}')
    const origin = { name: 'o', pattern: 'k:*', url, write: 'through', ...more } as OriginOptions
    server = await createServer({ port: 0, origins: [origin] })
  }
  afterEach(async () => {
    await server.close()
    await double.close()
    expect(double.complaints).toEqual([])
  })
  const held = (key: string): string | undefined => double.objects.get(`some/${key}`)?.bytes.toString()

  test('clients read, write through and delete', async () => {
    await begin(null)
    double.put('some/a b/é', Buffer.from('41'))
    expect(await server.call('GET', 'k:a b/é')).toBe('41')
    expect(await server.call('INCR', 'k:a b/é')).toBe(42)
    expect(held('a b/é')).toBe('42')
    expect(await server.call('SETNX', 'k:a b/é', 'x')).toBe(0)
    expect(await server.call('SET', 'k:b', 'x', 'NX')).toBe('OK')
    expect(held('b')).toBe('x')
    double.put('some/b', Buffer.from('theirs'))
    expect(await server.call('APPEND', 'k:b', '!')).toBe(7)
    expect(held('b')).toBe('theirs!')
    expect(await server.call('DEL', 'k:b')).toBe(1)
    expect(held('b')).toBeUndefined()
    expect(await server.call('GET', 'k:b')).toBeNull()
  })

  test('all of its objects can be warmed, and nothing that lies beside them', async () => {
    await begin(null)
    for (const key of ['some/a', 'some/b/é +&', 'other/c', 'some']) double.put(key, Buffer.from('v'))
    await server.call('ORIGIN', 'WARM', 'o')
    expect(await server.call('DBSIZE')).toBe(2)
  })

  test('hashes are JSON objects there', async () => {
    await begin(null, { as: 'hash' })
    double.put('some/a', Buffer.from('{"n":1,"s":"x"}'))
    expect(await server.call('HINCRBY', 'k:a', 'n', '2')).toBe(3)
    expect(held('a')).toBe('{"n":"3","s":"x"}')
    expect(double.seen.at(-1)?.headers['content-type']).toBe('application/json')
  })

  test('over TLS an endpoint is trusted whose authority the route names', async () => {
    const file = (name: string): string => join(process.cwd(), 'test/origin/support/tls', name)
    const pem = (name: string): string => readFileSync(file(name), 'utf8')
    await begin({ cert: pem('server.pem'), key: pem('server.key') }, { ca: file('ca.pem') })
    double.put('some/a', Buffer.from('v'))
    expect(await server.call('GET', 'k:a')).toBe('v')
  })
})
