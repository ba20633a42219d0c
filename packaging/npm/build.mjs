// Makes the npm packages of a release: `apifyctl`, and one for each system that
// carries the program for it and that npm installs where it fits.
//
//   node packaging/npm/build.mjs DIST OUT
//
// DIST is goreleaser's folder of a release, OUT gets a folder for each package.
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const [dist, out] = process.argv.slice(2);
if (!out) {
    console.error('usage: node packaging/npm/build.mjs DIST OUT');
    process.exit(2);
}
const here = import.meta.dirname;
const { version } = JSON.parse(readFileSync(join(dist, 'metadata.json'), 'utf8'));
const programs = JSON.parse(readFileSync(join(dist, 'artifacts.json'), 'utf8')).filter((a) => a.type === 'Binary');
if (programs.length === 0) {
    console.error(`${dist} holds no program`);
    process.exit(1);
}

const common = {
    version,
    license: 'Apache-2.0',
    homepage: 'https://github.com/apifyctl/apifyctl',
    repository: { type: 'git', url: 'git+https://github.com/apifyctl/apifyctl.git' },
};
const cpus = { amd64: 'x64', arm64: 'arm64' };
const systems = { windows: 'win32' };

function folder(name, manifest) {
    const dir = join(out, basename(name));
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(join(dir, 'bin'), { recursive: true });
    writeFileSync(join(dir, 'package.json'), `${JSON.stringify({ name, ...common, ...manifest }, null, 2)}\n`);
    copyFileSync(join(here, '../../LICENSE'), join(dir, 'LICENSE'));
    return dir;
}

const carriers = {};
for (const { goos, goarch, path, name: file } of programs) {
    const os = systems[goos] ?? goos;
    const cpu = cpus[goarch];
    const name = `@apifyctl/${os}-${cpu}`;
    const dir = folder(name, { description: `apifyctl for ${os} on ${cpu}`, os: [os], cpu: [cpu], preferUnplugged: true });
    copyFileSync(join(dist, basename(dirname(path)), file), join(dir, 'bin', file)); // path is of where goreleaser ran
    chmodSync(join(dir, 'bin', file), 0o755);
    copyFileSync(join(here, '../THIRD-PARTY-LICENSES.txt'), join(dir, 'THIRD-PARTY-LICENSES.txt'));
    carriers[name] = version;
}

const dir = folder('apifyctl', {
    description: 'Command line for Apify storages: datasets, key-value stores, request queues',
    keywords: ['apify', 'crawlee', 'dataset', 'cli'],
    bin: { apifyctl: 'bin/apifyctl.js' },
    engines: { node: '>=18' },
    optionalDependencies: carriers,
});
copyFileSync(join(here, 'apifyctl.js'), join(dir, 'bin', 'apifyctl.js'));
copyFileSync(join(here, 'README.md'), join(dir, 'README.md'));
