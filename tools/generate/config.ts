// docs/config.md: every setting, from the same table that --help prints.
import { settings } from '../../src/server/config.ts'

export const configPage = (): string => `# Settings

Generated from \`src/server/config.ts\` (\`npm run generate\`). All are read from the environment; \`--port\`, \`--host\` and \`--data\` win over it.
A value that cannot be used is refused at start, by name.

| name | default | meaning |
|---|---|---|
${settings.map(s => `| \`${s.name}\` | ${s.fallback} | ${s.meaning} |`).join('\n')}
`
