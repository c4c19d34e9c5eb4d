import net from 'node:net'
import { Region } from '../base/index.js'
import type { Connect } from '../replication/index.js'

/** Bytes read at once from another server. */
const readBytes = 1 << 16

/** Connects to another server. What it sends is read into a buffer that the connection has for itself. */
export const connectOutward: Connect = (host, port, events) => {
  const region = Region.allocate(readBytes)
  let isOver = false
  let reason: string | null = null
  const end = (): void => {
    if (isOver) return
    isOver = true
    socket.destroy()
    events.closed(reason)
  }
  const callback = (length: number): boolean => {
    if (!isOver) events.received(region, length)
    return true
  }
  const onread = { buffer: region.bytes.subarray(0, readBytes), callback }
  const socket = net.connect({ host, port, onread: onread as unknown as net.OnReadOpts })
  socket.setNoDelay(true)
  socket.on('connect', () => {
    if (!isOver) events.connected()
  })
  socket.on('error', (error) => {
    reason = error.message
  })
  socket.on('end', end)
  socket.on('close', end)
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
