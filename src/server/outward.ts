import net from 'node:net'
import { Region } from '../base/index.js'
import type { Connect, Link, LinkEvents } from '../replication/index.js'

/** Bytes read at once from another server. */
const readBytes = 1 << 16

/** Connects to another server. What it sends is read into a buffer that the connection has for itself. */
export const connectOutward: Connect = (host, port, events) => connectFrom('', host, port, events)

/** As `connectOutward`, from an address of this machine (`bind-source-addr`), if it has that. */
export const outwardFrom =
  (source: () => string): Connect =>
  (host, port, events) =>
    connectFrom(source(), host, port, events)

function connectFrom(source: string, host: string, port: number, events: LinkEvents): Link {
  const region = Region.allocate(readBytes)
  let isOver = false
  const callback = (length: number): boolean => {
    if (!isOver) events.received(region, length)
    return true
  }
  const onread = { buffer: region.bytes.subarray(0, readBytes), callback } as unknown as net.OnReadOpts
  const open = (localAddress: string): net.Socket => {
    let problem: NodeJS.ErrnoException | null = null
    const opened = net.connect({ host, port, onread, ...(localAddress !== '' && { localAddress }) })
    const end = (): void => {
      if (isOver || socket !== opened) return
      if (localAddress !== '' && problem?.syscall === 'bind') {
        socket = open('') // better from another address than not at all, as in Redis
        return
      }
      isOver = true
      opened.destroy()
      events.closed(problem?.message ?? null)
    }
    opened.setNoDelay(true)
    opened.on('connect', () => {
      if (!isOver) events.connected()
    })
    opened.on('error', (error) => (problem = error))
    opened.on('end', end)
    opened.on('close', end)
    return opened
  }
  let socket = open(source)
  return {
    write: (bytes) => {
      if (socket.writable) socket.write(bytes)
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    destroy() {
      isOver = true
      socket.destroy()
    },
  }
}
