import { connect, type Socket } from 'node:net'

/** Sends a pipeline and resolves to all bytes of its replies. */
export function pipeline(port: number, requests: string, replyBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket: Socket = connect(port, '127.0.0.1', () => socket.write(requests))
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      text += chunk.toString()
      if (text.length < replyBytes) return
      socket.end()
      resolve(text)
    })
  })
}
