import { Slice, systemClock } from '../../../../src/base/index.js'
import { readOptions } from '../../../../src/origin/options.js'
import { openStore } from '../../../../src/origin/stores/open.js'
import type { OpeningContext } from '../../../../src/origin/stores/opening.js'
import { readRedisUrl } from '../../../../src/origin/stores/redis/url.js'

const context: OpeningContext = {
  clock: systemClock,
  baseDirectory: '/',
  readFile: (path) => `text of ${path}`,
  mayLoadCode: false,
  pattern: Slice.from('user:*'),
}
const options = readOptions([], (value) => value)

describe('the URL of a Redis', () => {
  test.each([
    ['redis://h', [['h', 6379]], null, null, 0, '{key}'],
    ['redis://h:7000/3', [['h', 7000]], null, null, 3, '{key}'],
    ['redis://:p%40ss@h/#app:{1}', [['h', 6379]], null, 'p@ss', 0, 'app:{1}'],
    ['redis://me:a/b@c#d@[::1]:7000', [['::1', 7000]], 'me', 'a/b@c#d', 0, '{key}'],
    [
      'redis+cluster://a:1,b:2,c',
      [
        ['a', 1],
        ['b', 2],
        ['c', 6379],
      ],
      null,
      null,
      0,
      '{key}',
    ],
  ] as const)('%s', (url, addresses, user, password, database, name) => {
    const read = readRedisUrl(url, options, context)
    expect(read.addresses.map(({ host, port }) => [host, port])).toEqual(addresses)
    expect(read.access).toMatchObject({ tls: null, user, password, database })
    expect(read.name).toBe(name)
  })

  test('rediss: is TLS, with the route’s own certificates', () => {
    const { access } = readRedisUrl('rediss://h', { ...options, ca: 'ca.pem' }, context)
    expect(access.tls).toEqual({ ca: 'text of ca.pem' })
  })

  test.each([
    'redis:',
    'redis:h',
    'redis://',
    'redis://h:0',
    'redis://h:99999',
    'redis://h/x',
    'redis://h?db=1',
    'redis://a b:c:1',
  ])('%s is refused', (url) => {
    expect(() => readRedisUrl(url, options, context)).toThrow(/is written as redis:/)
  })

  test('names one server; a % is written as %25', () => {
    const refusal = (url: string): unknown => {
      try {
        return openStore(url, options, context)
      } catch (error) {
        return (error as Error).message
      }
    }
    expect(refusal('redis://a,b')).toBe('a redis: URL names one server; a cluster is redis+cluster:')
    expect(refusal('redis://:100%@a')).toBe('a % in the user or password of its URL is written as %25')
  })
})
