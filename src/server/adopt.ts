import net from 'node:net'

/** Called with the bytes just read: the first `length` of the shared buffer, gone when it returns. */
export type OnRead = (length: number) => void

interface Handle {
  readonly fd: number
}

/** The parts of net.Socket that are not declared: its handle, and the server that counts it. */
interface Insides {
  _handle: Handle | null
  _server: net.Server | null
}

/**
 * Turns an accepted socket into one that reads into `buffer`, which all sockets share.
 *
 * A 'data' event allocates 64 KiB a read and walks the stream machinery, 3 to 4 µs of the 10 that a small request costs;
 * `onread` does neither, but net.createServer has no such option. So the accepted socket's handle is moved to a new one.
 * `onread` and `pauseOnConnect` are documented, the move is not: where it fails, the socket is used as it came.
 *
 * @see https://nodejs.org/api/net.html#new-netsocketoptions
 */
export function adoptSocket(accepted: net.Socket, buffer: Buffer, onRead: OnRead): net.Socket {
  const socket = moveHandle(accepted, buffer, onRead)
  if (socket !== null) return socket
  return useDataEvents(accepted, buffer, onRead)
}

function moveHandle(accepted: net.Socket, buffer: Buffer, onRead: OnRead): net.Socket | null {
  const from = accepted as unknown as Insides
  const handle = from._handle
  if (handle === null || handle === undefined || !('_server' in accepted)) return null
  const callback = (length: number): boolean => {
    onRead(length)
    return true
  }
  const options = { handle, onread: { buffer, callback }, allowHalfOpen: true }
  const socket = new net.Socket(options as unknown as net.SocketConstructorOpts)
  const to = socket as unknown as Insides
  // the server counts connections, and closes, by the sockets that name it
  to._server = from._server
  from._server = null
  from._handle = null
  accepted.destroy()
  return socket
}

/** The documented way, for a Node whose sockets are made differently: each read is copied into the shared buffer. */
export function useDataEvents(socket: net.Socket, buffer: Buffer, onRead: OnRead): net.Socket {
  socket.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; at += buffer.length) {
      onRead(chunk.copy(buffer, 0, at, at + buffer.length))
    }
  })
  return socket
}

/** The number by which the system knows the socket, or -1. */
export function fileDescriptor(socket: net.Socket): number {
  return (socket as unknown as Insides)._handle?.fd ?? -1
}
