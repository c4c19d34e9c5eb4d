/** The house's table of rooms: each layer may import what lies below it, and only through a room's door (index.ts). */
const layers = [
  ['base'],
  ['memory', 'resp'],
  ['values'],
  ['keyspace', 'pubsub', 'acl', 'observe'],
  ['command'],
  ['commands', 'origin', 'persistence', 'replication', 'dispatch'],
  ['server'],
]

const forbidden = []
layers.forEach((rooms, depth) => {
  for (const room of rooms) {
    const above = [...layers.slice(depth + 1).flat(), ...rooms.filter((other) => other !== room)]
    forbidden.push({
      name: `${room}-imports-only-below`,
      comment: `src/${room}/ may import only rooms below it: ${layers.slice(0, depth).flat().join(', ') || 'Node built-ins'}`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: `^src/(${above.join('|')}|index\\.ts)(/|$)` },
    })
    forbidden.push({
      name: `${room}-by-its-door`,
      comment: `import src/${room}/index.ts, the room's door`,
      severity: 'error',
      from: { pathNot: `^src/${room}/` },
      to: { path: `^src/${room}/`, pathNot: `^src/${room}/index\\.ts$` },
    })
  }
})
forbidden.push(
  {
    name: 'values-know-no-protocol',
    severity: 'error',
    from: { path: '^src/values/' },
    to: { path: '^src/resp/' },
  },
  // types may name each other within a room; code may not wait for code that waits for it
  {
    name: 'no-circles',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'base-does-no-io',
    severity: 'error',
    from: { path: '^src/base/' },
    to: { path: '^(node:)?(net|fs|http|https|child_process)$' },
  },
)

module.exports = {
  forbidden,
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
}
