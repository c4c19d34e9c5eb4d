// Two Truedis in front of a Redis Cluster: node examples/near-cache/near-cache.mjs [--stay]
import { end, endAll, redisCli, startRedis, startTruedis, until } from './processes.mjs'

const key = 'user:bjarne' // slot 80: among the first that a reshard moves

/** Runs a command as you would, and shows it. */
function show(...args) {
  console.log(`$ redis-cli ${args.join(' ')}`)
  const reply = redisCli(...args)
  console.log(reply)
  return reply
}

const figure = (port, name) => {
  const lines = redisCli('-p', port, 'ORIGIN', 'INFO', 'users').split('\n')
  return lines[lines.indexOf(name) + 1]
}

/** Both nodes read it: news of a change is a push away. */
async function bothRead(value) {
  for (const { name, port } of nodes) {
    await until(`${name} reads ${value}`, () => redisCli('-p', port, 'GET', key) === value)
  }
  console.log(`  A and B read "${value}"`)
}

/** The cluster's nodes, as one of them that lives has them. */
const view = () =>
  redisCli('-p', alive().port, 'CLUSTER', 'NODES')
    .split('\n')
    .map((line) => line.split(' '))
    .map(([id, address, flags, primary, , , , , ...slots]) => {
      return { id, port: Number(/:(\d+)@/.exec(address)[1]), flags: flags.split(','), primary, slots }
    })
const alive = () => servers.find(({ child }) => child.exitCode === null && child.signalCode === null)
const primaries = () => view().filter(({ flags }) => flags.includes('master') && !flags.includes('fail'))
const owner = () => primaries().find(({ slots: [range = ''] }) => range.startsWith('0-')) ?? null

const servers = []
const nodes = []

async function start() {
  console.log('Starting a Redis Cluster of three primaries and three replicas, and two Truedis in front of it...')
  for (let i = 0; i < 6; i++) servers.push(await startRedis())
  const addresses = servers.map(({ port }) => `127.0.0.1:${port}`)
  redisCli('--cluster', 'create', ...addresses, '--cluster-replicas', 1, '--cluster-yes')
  await until('the cluster is whole', () =>
    servers.every(({ port }) => {
      const isReady = /role:master|master_link_status:up/.test(redisCli('-p', port, 'INFO', 'replication'))
      return isReady && /cluster_state:ok/.test(redisCli('-p', port, 'CLUSTER', 'INFO'))
    }),
  )
  const url = `redis+cluster://${addresses.join()}`
  for (const name of ['A', 'B']) {
    const { port } = await startTruedis(...['--origin', 'users', 'user:*', url, 'validate', 'push', 'write', 'through'])
    nodes.push({ name, port })
  }
  console.log(`  --origin users "user:*" redis+cluster://${addresses[0]},... validate push write through`)
  console.log(`  the cluster: ${servers.map(({ port }) => port).join(' ')}; A: ${nodes[0].port}; B: ${nodes[1].port}`)
}

async function reads([a]) {
  console.log('\nReads are local while nothing changes:')
  show('-c', '-p', servers[0].port, 'SET', key, 'one')
  await bothRead('one')
  await readLocally(a)
}

/** As soon as the node hears all primaries, and has the value as it was then. */
async function readLocally({ name, port }) {
  await until(`reads of ${name} are local`, () => {
    const before = figure(port, 'asks')
    redisCli('-p', port, '-r', 1000, 'GET', key)
    return figure(port, 'push') === 'live' && figure(port, 'asks') === before
  })
  console.log(`  1000 reads of ${name} asked the cluster nothing`)
}

async function writes([a, b]) {
  console.log('\nA write made at the cluster is told by its own client tracking:')
  show('-c', '-p', servers[1].port, 'SET', key, 'two')
  await bothRead('two')
  console.log('\nA write to one node is made at the cluster first, and the other node hears of it:')
  show('-p', a.port, 'SET', key, 'three')
  show('-c', '-p', servers[2].port, 'GET', key)
  await bothRead('three')
  show('-p', b.port, 'APPEND', key, ', and four')
  await bothRead('three, and four')
}

async function failover([a, b]) {
  const { id, port } = owner()
  console.log(`\nThe primary of its slot, ${port}, is killed. What is held is served on while a replica takes over:`)
  await end(servers.find((server) => server.port === port).child, 'SIGKILL')
  show('-p', a.port, 'GET', key)
  await until('a replica took over', () => owner() !== null && owner().id !== id)
  console.log(`  ${owner().port} has taken over`)
  await until('writes go there', () => redisCli('-p', b.port, 'SET', key, 'five'))
  await bothRead('five')
}

async function reshard([a, b]) {
  const from = owner()
  const to = primaries().find(({ id }) => id !== from.id)
  console.log(`\nIts slot moves from ${from.port} to ${to.port}:`)
  const slots = ['--cluster-from', from.id, '--cluster-to', to.id, '--cluster-slots', 100, '--cluster-yes']
  await until('all agree on who owns what', () => redisCli('--cluster', 'reshard', `127.0.0.1:${to.port}`, ...slots))
  await until('it is there', () => redisCli('-p', to.port, 'GET', key) === 'five')
  show('-c', '-p', to.port, 'SET', key, 'six')
  await bothRead('six')
  show('-p', a.port, 'SET', key, 'seven')
  await bothRead('seven')
  await readLocally(b)
}

let isInterrupted = false
const interrupted = new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      isInterrupted = true
      resolve()
      void endAll()
    })
  }
})
try {
  await start()
  for (const scene of [reads, writes, failover, reshard]) await scene(nodes)
  if (process.argv.includes('--stay')) {
    console.log('\nAll of it stays until Ctrl-C.')
    await interrupted
  }
} catch (error) {
  if (!isInterrupted) throw error
} finally {
  await endAll()
}
console.log('\nAll have ended.')
