import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { endChild, keepTrack } from './children.js'
import { freePort } from './servers.js'

export interface Proxy {
  readonly name: string
  readonly port: number
}

const startMsMax = 10_000

/** nginx and Varnish in front of an HTTP origin, set to validate each read; those that are installed. */
export async function startProxies(originPort: number, ends: (() => Promise<unknown>)[]): Promise<Proxy[]> {
  const proxies: Proxy[] = []
  for (const start of [startNginx, startVarnish]) {
    const proxy = await start(originPort, ends)
    if (proxy !== null) proxies.push(proxy)
  }
  return proxies
}

const has = (program: string, ...args: string[]): boolean => spawnSync(program, args).error === undefined

async function startNginx(originPort: number, ends: (() => Promise<unknown>)[]): Promise<Proxy | null> {
  if (!has('nginx', '-v')) return null
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'truedis-bench-nginx-'))
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  const configuration = `${user} daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
    events { worker_connections 1024; }
    http {
      access_log off;
      proxy_cache_path ${folder}/cache keys_zone=z:10m;
      upstream o { server 127.0.0.1:${originPort}; keepalive 64; }
      server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass http://o; proxy_http_version 1.1; proxy_set_header Connection "";
          proxy_cache z; proxy_cache_revalidate on; proxy_cache_valid 200 1s; proxy_ignore_headers Cache-Control;
          proxy_cache_valid any 0; expires -1;
        }
      }
    }`
  writeFileSync(join(folder, 'nginx.conf'), configuration)
  const child = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' })
  keepTrack(child)
  ends.push(async () => {
    await endChild(child)
    rmSync(folder, { recursive: true, force: true })
  })
  await answers(port)
  return { name: 'nginx, proxy_cache_revalidate', port }
}

async function startVarnish(originPort: number, ends: (() => Promise<unknown>)[]): Promise<Proxy | null> {
  if (!has('varnishd', '-V')) return null
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'truedis-bench-varnish-'))
  chmodSync(folder, 0o755) // it gives up being root
  const vcl = `vcl 4.1;
    backend o { .host = "127.0.0.1"; .port = "${originPort}"; .max_connections = 64; }
    sub vcl_backend_response { set beresp.ttl = 1ms; set beresp.grace = 0s; set beresp.keep = 1h; }`
  writeFileSync(join(folder, 'default.vcl'), vcl)
  const args = [
    '-F',
    '-n',
    join(folder, 'work'),
    '-a',
    `127.0.0.1:${port}`,
    '-f',
    join(folder, 'default.vcl'),
    '-s',
    'malloc,64m',
  ]
  const child = spawn('varnishd', args, { stdio: 'ignore' })
  keepTrack(child)
  ends.push(async () => {
    await endChild(child)
    rmSync(folder, { recursive: true, force: true })
  })
  await answers(port)
  return { name: 'Varnish, ttl 1 ms, keep 1 h', port }
}

async function answers(port: number): Promise<void> {
  for (const deadlineMs = Date.now() + startMsMax; ; await delay(50)) {
    try {
      await fetch(`http://127.0.0.1:${port}/warm`)
      return
    } catch (error) {
      if (Date.now() > deadlineMs) throw error
    }
  }
}
