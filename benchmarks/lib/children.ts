import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

const stopMsMax = 20_000
const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** Sees to it that a child process does not outlive this one. */
export function keepTrack(child: ChildProcess): void {
  children.add(child)
  child.once('exit', () => children.delete(child))
}

/** Asks a child to end, and makes it after 20 s. Nothing happens where it has ended already. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), stopMsMax)
  await exit
  clearTimeout(timer)
}

/** Ends what a question that failed half-way left behind. */
export async function endChildren(): Promise<void> {
  await Promise.all([...children].map(endChild))
}
