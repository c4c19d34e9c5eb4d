import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'

/** What stands in the package, without building it. */
function packed(): string[] {
  const text = execFileSync('npm', ['pack', '--dry-run', '--ignore-scripts', '--json'], { encoding: 'utf8' })
  const [{ files }] = JSON.parse(text) as [{ files: { path: string }[] }]
  return files.map(({ path }) => path)
}

/** Where the relative links of a page lead, from the package's root, with what they point at there. */
function linksOf(page: string): { path: string; anchor: string }[] {
  const links = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link)
  return links
    .filter((link) => !/^[a-z]+:/i.test(link))
    .map((link) => {
      const [, path, anchor = ''] = /^([^#]*)#?(.*)$/.exec(link) as unknown as string[]
      return { path: path === '' ? page : posix.join(posix.dirname(page), path), anchor }
    })
}

/** A heading as links name it. */
const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

const headings = (page: string): string[] =>
  [...readFileSync(page, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading]) => slug(heading))

const files = packed()
const pages = files.filter((path) => path.endsWith('.md') && !path.startsWith('dist/'))

test('the package has the README, what that promises to come with it, and nothing of the build’s own', () => {
  expect(files).toEqual(expect.arrayContaining(['README.md', 'CHANGELOG.md', 'LICENSE', 'examples/origin.json']))
  expect(files.filter((path) => path.includes('tsbuildinfo'))).toEqual([])
  expect(linksOf('README.md').length).toBeGreaterThan(5)
})

test.each(pages)('every relative link of %s leads to what is in the package, and to a heading there', (page) => {
  for (const { path, anchor } of linksOf(page)) {
    expect({ page, path, exists: existsSync(path) }).toEqual({ page, path, exists: true })
    expect({ page, path, packed: files.includes(path) }).toEqual({ page, path, packed: true })
    if (anchor !== '') expect(headings(path)).toContain(anchor)
  }
})
