import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Runs an example as a reader would, on the build; what it printed. */
function run(name: string): string {
  const path = fileURLToPath(new URL(`../../examples/${name}`, import.meta.url))
  const { stdout, stderr, status } = spawnSync(process.execPath, [path], { encoding: 'utf8', timeout: 20_000 })
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  return stdout
}

test('the embedded server prints prices that follow their source', () => {
  expect(run('embedded.mjs')).toBe('coffee costs 2.80\nnow it costs 3.10\nnobody sells null\n')
})

test('the HTTP origin moves a body once for three reads, and is served after its death', () => {
  expect(run('http-origin.mjs')).toBe(
    'Welcome\nWelcome\nWelcome\nthree reads, each confirmed by the API, moved its body 1 time(s)\n' +
      'Welcome back\nthe API is gone: Welcome back\n',
  )
})
