// Servers on free ports of 127.0.0.1, in one temporary folder, each ended by its pid.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = mkdtempSync(join(tmpdir(), 'near-cache-'))
const truedis = fileURLToPath(new URL('../../dist/bin/truedis.js', import.meta.url))
const running = []
let ending = null
let failure = null

function start(program, args) {
  if (ending !== null) throw new Error('all are ending')
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  child.once('error', (error) => (failure = new Error(`${program} cannot be run: ${error.code}`)))
  running.push(child)
  return child
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}

/** Runs redis-cli to its end. @returns what it printed @throws where it says that something is wrong */
export function redisCli(...args) {
  const { stdout, stderr, status, error } = spawnSync('redis-cli', ['-e', ...args.map(String)], { encoding: 'utf8' })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`redis-cli ${args.join(' ')}: ${stderr || stdout}`)
  return stdout.trimEnd()
}

/** Tries until it holds: a cluster tells nobody when it is ready. */
export async function until(what, holds, giveUpMs = 30_000) {
  const giveUpAt = performance.now() + giveUpMs
  for (let last = ''; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    try {
      if (holds()) return
    } catch (error) {
      last = `: ${error.message}`
    }
    if (failure !== null) throw failure
    if (ending !== null || performance.now() > giveUpAt) throw new Error(`not in time: ${what}${last}`)
  }
}

export async function startRedis() {
  const port = await freePort()
  const files = ['--dir', folder, '--cluster-config-file', `nodes-${port}.conf`, '--save', '', '--daemonize', 'no']
  const cluster = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', '--cluster-port', await freePort()]
  const child = start('redis-server', ['--bind', '127.0.0.1', '--port', port, ...files, ...cluster].map(String))
  await until('redis-server answers', () => redisCli('-p', port, 'PING') === 'PONG')
  return { port, child }
}

export async function startTruedis(...options) {
  const port = await freePort()
  const child = start(
    process.execPath,
    [truedis, '--port', port, '--dir', folder, '--save', '', ...options].map(String),
  )
  await until('truedis answers', () => redisCli('-p', port, 'PING') === 'PONG')
  return { port, child }
}

export async function end(child, signal = 'SIGTERM') {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  child.kill(signal)
  await once(child, 'exit')
}

// However this program ends, nothing that it started is left.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

export function endAll() {
  ending ??= Promise.all(running.map((child) => end(child))).then(() =>
    rmSync(folder, { recursive: true, force: true }),
  )
  return ending
}
