// Results of a PostgreSQL query, cached: node examples/query-cache/report.mjs postgres://user:password@host/database
import { setImmediate } from 'node:timers/promises'
import pg from 'pg'
import { createServer } from 'truedis'

const [databaseUrl = process.env.DATABASE_URL] = process.argv.slice(2)
if (databaseUrl === undefined) {
  console.error('usage: node report.mjs postgres://user:password@host:5432/database')
  process.exit(1)
}

const shops = Array.from({ length: 20 }, (_, i) => `shop${i + 1}`)
const table = 'truedis_example_orders' // made here, and dropped at the end
const query = `SELECT count(*) AS orders, sum(price) AS revenue FROM ${table} WHERE shop = $1`

const database = new pg.Client({ connectionString: databaseUrl })
await database.connect()
await database.query(`DROP TABLE IF EXISTS ${table}`)
await database.query(`CREATE TABLE ${table} (shop text NOT NULL, price integer NOT NULL)`)
await database.query(
  `INSERT INTO ${table} SELECT 'shop' || 1 + i % ${shops.length}, 10 FROM generate_series(1, 200000) AS i`,
)

const cache = await createServer({
  port: 0,
  origins: [
    {
      name: 'reports',
      pattern: 'report:*',
      url: `${databaseUrl.split('?')[0]}?query=${encodeURIComponent(query)}`,
      as: 'hash',
      validate: '1s', // a report is this old at most without anybody asking
      staleWhileRevalidate: '1h', // then it is served on, and renewed behind the reply: no reader waits
      staleIfError: '1d', // and while the database is away
    },
  ],
})

const report = async (shop) => Object.fromEntries(await cache.call('HGETALL', `report:${shop}`))

/** What the cache has done so far: statements sent, and reads that had to wait for one. */
async function figures() {
  const info = await cache.call('ORIGIN', 'INFO', 'reports')
  return { statements: info.get('asks'), waits: info.get('waits') }
}

async function timed(job) {
  const begin = performance.now()
  await job()
  return performance.now() - begin
}

async function directly() {
  const ms = await timed(async () => {
    for (const shop of shops) await database.query(query, [shop])
  })
  console.log(`PostgreSQL takes ${(ms / shops.length).toFixed(1)} ms for a report.`)
}

async function herd() {
  const reads = Array.from({ length: 5000 }, (_, i) => shops[i % shops.length])
  await Promise.all(reads.map(report))
  console.log(`${reads.length} readers at once, nothing cached: ${(await figures()).statements} statements.`)
  const before = await figures()
  const ms = await timed(async () => {
    for (const shop of reads) await report(shop)
  })
  const { statements } = await figures()
  console.log(
    `${reads.length} more reads: ${(ms / reads.length).toFixed(3)} ms each, ${statements - before.statements} statements.`,
  )
}

async function change() {
  const [shop] = shops
  const before = await figures()
  const { revenue } = await report(shop)
  await database.query(`INSERT INTO ${table} VALUES ($1, 1000000)`, [shop])
  let reads = 0
  let now = revenue
  const ms = await timed(async () => {
    for (; now === revenue; reads++) {
      now = (await report(shop)).revenue
      await setImmediate() // lets the renewal behind the replies go on
    }
  })
  const { statements, waits } = await figures()
  console.log(
    `An order changes ${shop}'s revenue from ${revenue} to ${now}: seen after ${Math.round(ms)} ms and ${reads} reads, ` +
      `${waits - before.waits} of which waited; ${statements - before.statements} statements.`,
  )
}

try {
  await directly()
  await herd()
  await change()
} finally {
  await cache.close()
  await database.query(`DROP TABLE ${table}`)
  await database.end()
}
