import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { keyAt } from './loads.js'
import { nameAt } from './names.js'
import { itemsUrl, originWords, startItems } from './origin-scene.js'
import type { Bench } from './question.js'
import { judgedColumns, showCount, type Report } from './report.js'
import { RespClient } from './resp-client.js'
import { showCommand, startServer } from './servers.js'
import { percentile } from './statistics.js'
import { targets } from './targets.js'

const keys = 200
const updatesPerSecond = 1000
const waitMsMax = 5000

/** An origin that is changed a thousand times a second. */
interface Changed {
  readonly name: string
  readonly url: string
  readonly shownUrl: string
  /** Makes the key's value this; resolves when the origin has it. */
  update(index: number, value: string): Promise<unknown>
  end(): Promise<unknown>
}

/** From when an update is made at the origin to when a read here shows it, under `validate push`. */
export async function pushStaleness(bench: Bench, report: Report): Promise<void> {
  const rows: string[][] = []
  for (const open of [openPostgres, openFile, openRedis]) {
    const origin = await open(bench)
    if (origin === null) continue
    bench.progress(`origins: push of ${origin.name}`)
    const words = (url: string): string[] => originWords(url, 'validate', 'push')
    report.commands.add(showCommand(bench.truedis, words(origin.shownUrl)))
    const server = await startServer(bench.truedis, words(origin.url))
    const clients = await Promise.all(Array.from({ length: 32 }, () => RespClient.connect(server.port)))
    try {
      await listens(server.client)
      const staleMs = await watch(origin, clients, bench.quick ? 1_000 : 10_000)
      const p99 = percentile(staleMs.times, 99)
      rows.push([
        origin.name,
        showCount(staleMs.updatesPerSecond),
        `${percentile(staleMs.times, 50).toFixed(1)} ms`,
        `${p99.toFixed(1)} ms`,
        ...report.judge(`push staleness of ${origin.name}`, p99, targets.pushStalenessMs),
      ])
    } finally {
      for (const client of clients) client.close()
      await server.stop()
      await origin.end()
    }
  }
  report.text(
    `\`validate push\`: ${showCount(updatesPerSecond)} updates a second of ${keys} keys; from the moment the origin has an update to the reply of a read ` +
      'that shows it, round trips of repeated reads included.',
  )
  report.table(['origin', 'updates/s', 'p50', 'p99', ...judgedColumns], rows)
}

async function listens(client: RespClient): Promise<void> {
  for (const deadlineMs = Date.now() + waitMsMax; ; await delay(20)) {
    if (/push=live/.test(String(await client.call('INFO', 'origin')))) return
    if (Date.now() > deadlineMs) throw new Error('the origin does not tell of changes')
  }
}

/** Makes updates at their rate, and reads each key that was updated until it shows. */
async function watch(
  origin: Changed,
  clients: readonly RespClient[],
  updates: number,
): Promise<{ times: number[]; updatesPerSecond: number }> {
  const times: number[] = []
  const startedMs = performance.now()
  let next = 0
  const worker = async (client: RespClient): Promise<void> => {
    while (next < updates) {
      const number = next++
      const dueMs = startedMs + (number / updatesPerSecond) * 1000
      if (performance.now() < dueMs) await delay(dueMs - performance.now())
      await origin.update(number % keys, String(number))
      const fromMs = performance.now()
      // another update of the key may have come since: later numbers show this one, too
      while (!(Number(await client.call('GET', keyAt(number % keys, 'bnd'))) >= number)) {
        if (performance.now() - fromMs > waitMsMax) throw new Error(`${origin.name}: an update was never seen`)
      }
      times.push(performance.now() - fromMs)
    }
  }
  await Promise.all(clients.map(worker))
  return { times, updatesPerSecond: (updates / (performance.now() - startedMs)) * 1000 }
}

async function openPostgres(): Promise<Changed | null> {
  const items = await startItems(keys)
  if (items === null) return null
  const { database, client } = items
  await client.query(`
    CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      PERFORM pg_notify('items', NEW.key); RETURN NEW; END $$;
    CREATE TRIGGER tell AFTER INSERT OR UPDATE ON items FOR EACH ROW EXECUTE FUNCTION tell();`)
  const options = '&notify=items'
  return {
    name: 'PostgreSQL, LISTEN',
    url: itemsUrl(database.port) + options,
    shownUrl: itemsUrl('<port>') + options,
    update: (index, value) => client.query('UPDATE items SET value = $1 WHERE key = $2', [value, nameAt(index)]),
    end: async () => {
      await client.end()
      await database.remove()
    },
  }
}

async function openFile(): Promise<Changed> {
  const folder = await mkdtemp(join(tmpdir(), 'truedis-bench-'))
  const path = join(folder, 'origin.json')
  const values = new Map(Array.from({ length: keys }, (_, index) => [keyAt(index, 'bnd'), '-1']))
  const save = async (): Promise<void> => {
    await writeFile(`${path}.new`, JSON.stringify(Object.fromEntries(values)))
    await rename(`${path}.new`, path)
  }
  await save()
  let saving = Promise.resolve()
  return {
    name: 'a JSON file',
    url: `file:${path}`,
    shownUrl: 'file:<file>',
    update(index, value) {
      values.set(keyAt(index, 'bnd'), value)
      saving = saving.then(save)
      return saving
    },
    end: () => rm(folder, { recursive: true }),
  }
}

async function openRedis(bench: Bench): Promise<Changed> {
  const redis = await startServer(bench.redis)
  for (let index = 0; index < keys; index++) await redis.client.call('SET', keyAt(index, 'bnd'), -1)
  let last: Promise<unknown> = Promise.resolve()
  return {
    name: 'another Redis, client tracking',
    url: `redis://127.0.0.1:${redis.port}`,
    shownUrl: 'redis://127.0.0.1:<port>',
    update(index, value) {
      last = last.then(() => redis.client.call('SET', keyAt(index, 'bnd'), value))
      return last
    },
    end: () => redis.stop(),
  }
}
