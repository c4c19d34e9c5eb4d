import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RunningExample } from './running-example.js'

describe('an application whose configuration is a JSON file', () => {
  let directory: string
  let file: string
  let app: RunningExample
  let address: string

  /** As editors do. */
  function edit(content: string): void {
    writeFileSync(`${file}.new`, content)
    renameSync(`${file}.new`, file)
  }
  const greeting = async (): Promise<string> => (await fetch(`${address}/Ada`)).text()

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'truedis-config-'))
    file = join(directory, 'config.json')
    edit('{ "greeting": "Hello", "visitors": { "named": true, "max": 100 } }')
    app = RunningExample.start('config-cache/app.mjs', '--config', file, '--port', '0')
    address = (await app.line(/^greets on (http:.*)\/your-name/))[1]
    await app.line(/^origin 'config' tells of changes$/)
  })
  afterEach(async () => {
    await app.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  test('reads each setting once, and answers out of its own memory', async () => {
    for (let i = 0; i < 100; i++) expect(await greeting()).toBe('Hello, Ada! One of 100.\n')
    const stopped = app.stop()
    await app.line(/^200 settings were read, 2 of them from the cache$/)
    expect(await stopped).toBe(0)
    expect(app.errors).toBe('')
  })

  test('sees an edit of the file, and only of what was edited', async () => {
    await greeting()
    edit('{ "greeting": "Welcome", "visitors": { "named": true, "max": 100 } }')
    await app.line(/^config:greeting is now Welcome$/)
    expect(await greeting()).toBe('Welcome, Ada! One of 100.\n')
    edit('{ "greeting": "Welcome", "visitors": { "named": false, "max": 7 } }')
    await app.line(/^config:visitors is now {"max":7,"named":false}$/)
    expect(await greeting()).toBe('Welcome, visitor! One of 7.\n')
    const stopped = app.stop()
    await app.line(/^8 settings were read, 4 of them from the cache$/)
    expect(await stopped).toBe(0)
  })

  test('keeps the last good configuration while the file is none', async () => {
    await greeting()
    edit('{ "greeting": ')
    await app.line(/^any setting may have changed/)
    expect(await greeting()).toBe('Hello, Ada! One of 100.\n')
    edit('{ "greeting": "Good evening", "visitors": { "named": true, "max": 1 } }')
    await app.line(/^config:greeting is now Good evening$/)
    expect(await greeting()).toBe('Good evening, Ada! One of 1.\n')
  })

  test('says what is missing', async () => {
    edit('{}')
    expect(await greeting()).toBe("the configuration has no 'visitors'\n")
  })
})
