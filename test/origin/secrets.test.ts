import { Stage } from '../commands/stage.js'

const secret = 'Hunter2Hunter2'

/** Directives that hold a secret, of origins where nobody answers. */
const directives: readonly (readonly [what: string, words: readonly string[]])[] = [
  ['a password of http:', [`http://me:${secret}@127.0.0.1:1/{1}`]],
  ['a header', ['http://127.0.0.1:1/{1}', 'header', `Authorization: Bearer ${secret}`]],
  ['a webhook’s secret', ['http://127.0.0.1:1/{1}', 'webhook', '17001', '/proof', 'webhook-secret', secret + secret]],
  ['a password of redis:', [`redis://me:${secret}@127.0.0.1:1`]],
  ['a password of redis+cluster:', [`redis+cluster://me:${secret}@127.0.0.1:1`]],
  ['a password of postgres:', [`postgres://me:${secret}@127.0.0.1:1/db?table=t&key=k`]],
  ['a password of mysql:', [`mysql://me:${secret}@127.0.0.1:1/db?table=t&key=k`]],
  ['a secret key of s3:', [`s3://AKID:${secret}@bucket/{1}?endpoint=http://127.0.0.1:1&region=eu`]],
]

describe('what is secret of an origin is nowhere shown', () => {
  test.each(directives)('%s', async (_, words) => {
    const lines: string[] = []
    const write = (text: string, fields?: unknown): void => void lines.push(text + JSON.stringify(fields ?? ''))
    const log = { debug: write, verbose: write, notice: write, warning: write }
    const stage = await Stage.open({ enableOriginCommand: 'yes', slowlogLogSlowerThan: 0, log })
    try {
      const [actor, monitor] = [await stage.enter(), await stage.enter()]
      await monitor.ask('MONITOR')
      await actor.ask('CONFIG SET origin-slowlog-slower-than 0')
      const shown: string[] = []
      const server = stage.server
      const ask = async (...call: string[]): Promise<unknown> =>
        server.call(...call).catch((error: Error) => `${error.message} ${error.stack ?? ''}`)
      shown.push(JSON.stringify(await ask('ORIGIN', 'ADD', 'o', 'k:*', ...words, 'hard-timeout', '1s')))
      shown.push(JSON.stringify(await ask('ORIGIN', 'ADD', 'o', 'k:*', ...words))) // refused: the name is taken
      shown.push(JSON.stringify(await ask('ORIGIN', 'ADD', 'p', 'p:*', ...words, 'nonsense', 'x')))
      const reading = ask('GET', 'k:1')
      for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve))
      stage.clock.advance(6000)
      shown.push(JSON.stringify(await reading))
      for (const call of [
        ...[
          ['ORIGIN', 'LIST'],
          ['ORIGIN', 'INFO', 'o'],
          ['ORIGIN', 'EXPLAIN', 'k:1'],
          ['ORIGIN', 'SLOWLOG', 'GET'],
        ],
        ...[
          ['INFO', 'everything'],
          ['SLOWLOG', 'GET', '-1'],
          ['CONFIG', 'GET', '*'],
          ['CLIENT', 'LIST'],
        ],
      ]) {
        const reply = await ask(...call)
        shown.push(
          call.join(' ') + JSON.stringify(reply, (_key, value: unknown) => (value instanceof Map ? [...value] : value)),
        )
      }
      await ask('ECHO', 'end')
      let heard = ''
      while (!heard.includes('"end"')) heard = shown[shown.push(await monitor.heard()) - 1]
      expect(shown.filter((text) => text.includes(secret))).toEqual([])
      expect(lines.filter((text) => text.includes(secret))).toEqual([])
      expect(shown.some((text) => text.startsWith('ORIGIN LIST') && text.includes('k:*'))).toBe(true)
    } finally {
      await stage.close()
    }
  })
})
