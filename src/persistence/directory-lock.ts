import net from 'node:net'
import { join } from 'node:path'
import type { Files } from './files.js'

/** A hold on a directory, given back when the process ends, however it ends. */
export interface DirectoryLock {
  release(): Promise<void>
}

/**
 * Holds a directory, so that no second server of ours writes there.
 *
 * It is a socket that listens, and is known by the directory's device and number: the system gives it back the moment the
 * process is gone, and no other program looks for it. Linux has a place for such names without a file, Windows has pipes;
 * elsewhere it is a file in the directory, which nobody listens on any more when its owner was killed.
 *
 * @returns null where another server holds it
 */
export async function lockDirectory(files: Files, directory: string): Promise<DirectoryLock | null> {
  const facts = files.look(directory)
  if (facts === null) throw new Error(`there is no directory ${directory}`)
  const name = socketName(facts.identity, directory)
  const lock = await listen(name)
  if (lock !== null || !isFile(name) || (await isHeld(name))) return lock
  files.remove(name) // of a server that was killed
  return listen(name)
}

const isFile = (name: string): boolean => !name.startsWith('\0') && !name.startsWith('\\')

function socketName(identity: string, directory: string): string {
  if (process.platform === 'linux') return `\0truedis-directory-${identity}`
  return process.platform === 'win32' ? `\\\\.\\pipe\\truedis-${identity}` : join(directory, '.truedis.lock')
}

function listen(name: string): Promise<DirectoryLock | null> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => socket.destroy())
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(null)
      else reject(error)
    })
    server.listen(name, () => {
      server.unref()
      resolve({ release: () => new Promise((released) => server.close(() => released())) })
    })
  })
}

function isHeld(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(name)
    socket.on('error', () => resolve(false))
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
