import { Cancellation, platformSignal } from '../../src/origin/cancellation.js'

test('tells each listener once, those that left not at all', () => {
  const cancellation = new Cancellation()
  const told: string[] = []
  const listeners = ['a', 'b', 'c', 'd'].map((name) => () => void told.push(name))
  const object = { handleEvent: () => void told.push('object') }
  for (const listener of [...listeners, object]) cancellation.addEventListener('abort', listener)
  cancellation.removeEventListener('abort', listeners[0]) // the first is kept apart
  cancellation.removeEventListener('abort', listeners[2])
  expect(cancellation.aborted).toBe(false)
  cancellation.abort()
  cancellation.abort()
  expect(told).toEqual(['b', 'd', 'object'])
  expect(cancellation.aborted).toBe(true)
})

test('a listener that comes when it is over is not told: it looks whether it was aborted', () => {
  const cancellation = new Cancellation()
  cancellation.abort()
  let told = 0
  cancellation.addEventListener('abort', () => told++)
  cancellation.abort()
  expect(told).toBe(0)
})

test('a listener may leave while it is told', () => {
  const cancellation = new Cancellation()
  let told = 0
  const leaving = (): void => {
    told++
    cancellation.removeEventListener('abort', leaving)
  }
  cancellation.addEventListener('abort', leaving)
  cancellation.abort()
  expect(told).toBe(1)
})

describe('the platform’s signal', () => {
  test('is what it was where it is one', () => {
    const { signal } = new AbortController()
    expect(platformSignal(signal)).toBe(signal)
  })

  test('aborts with the cancellation, also where that was before', () => {
    const cancellation = new Cancellation()
    const before = platformSignal(cancellation)
    expect(before).toBeInstanceOf(AbortSignal)
    expect(before.aborted).toBe(false)
    cancellation.abort()
    expect(before.aborted).toBe(true)
    expect(platformSignal(cancellation).aborted).toBe(true)
  })
})
