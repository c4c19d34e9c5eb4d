import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo, Socket } from 'node:net'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

interface S3rverObject {
  readonly bucket: string
  readonly key: string
  readonly metadata: unknown
  readonly content: AsyncIterable<Buffer>
}

interface S3rver {
  readonly store: {
    putObject(object: S3rverObject): Promise<{ size: number; md5: string }>
    getResourcePath(bucket: string, key: string, resource: string): string
    putMetadata(bucket: string, key: string, metadata: unknown, md5: string): Promise<void>
  }
  configureBuckets(): Promise<unknown>
  callback(): RequestListener
}
type S3rverClass = new (options: Readonly<Record<string, unknown>>) => S3rver

/** Files that lie in memory on Linux: every request is some files', and a busy disk would take a minute for one. */
const memory = '/dev/shm'

/** Whom s3rver knows from the start. */
export const s3rverAccess = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }

/**
 * s3rver over a temporary folder, with the bucket `a-bucket`. It writes an object and its ETag one after the other, so that
 * what is asked meanwhile would see half of a write: here requests are let in one at a time. And it says that an object is
 * written before its file is: here files are written first.
 */
export class S3rverServer {
  #broken = false
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #folder: string
  #free: Promise<void> = Promise.resolve()

  private constructor(folder: string, handle: RequestListener) {
    this.#folder = folder
    this.#server = createServer((request, response) => {
      const before = this.#free
      this.#free = new Promise((free) => response.on('close', free))
      void before.then(() => (this.#broken ? response.writeHead(503).end() : handle(request, response)))
    })
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  static async start(): Promise<S3rverServer> {
    const folder = await mkdtemp(join(existsSync(memory) ? memory : tmpdir(), 'truedis-s3rver-'))
    const S3rver = createRequire(import.meta.url)('s3rver') as S3rverClass
    const s3rver = new S3rver({ directory: folder, silent: true, configureBuckets: [{ name: 'a-bucket' }] })
    s3rver.store.putObject = (object) => writeFirst(s3rver.store, object)
    await s3rver.configureBuckets()
    const server = new S3rverServer(folder, s3rver.callback())
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** From now on it only says that it is not well. */
  breakDown(): void {
    this.#broken = true
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
    await rm(this.#folder, { recursive: true })
  }
}

async function writeFirst(store: S3rver['store'], { bucket, key, metadata, content }: S3rverObject) {
  const chunks: Buffer[] = []
  for await (const chunk of content) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  const path = store.getResourcePath(bucket, key, 'object')
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, bytes)
  const md5 = createHash('md5').update(bytes).digest('hex')
  await store.putMetadata(bucket, key, metadata, md5)
  return { size: bytes.length, md5 }
}
