import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../support/servers.js'

/** Why there is no Sentinel here; null where there is one. */
export const sentinelMissing = (): string | null =>
  spawnSync('redis-sentinel', ['--version']).status === 0 ? null : 'no redis-sentinel on the PATH'

export interface Sentinel {
  readonly port: number
  output(): string
  stop(): Promise<void>
}

/** Debian's redis-sentinel, watching a primary by itself, which it calls 'house'. */
export async function startSentinel(primary: number): Promise<Sentinel> {
  const port = await freePort()
  const directory = mkdtempSync(join(tmpdir(), 'truedis-test-sentinel-'))
  const file = join(directory, 'sentinel.conf')
  writeFileSync(
    file,
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${directory}`,
      `sentinel monitor house 127.0.0.1 ${primary} 1`,
      'sentinel down-after-milliseconds house 1000',
      'sentinel failover-timeout house 20000',
    ].join('\n'),
  )
  const child = spawn('redis-sentinel', [file])
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const exited = new Promise((resolve) => child.once('exit', resolve))
  return {
    port,
    output: () => output,
    async stop() {
      child.kill('SIGKILL')
      await exited
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
