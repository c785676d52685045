'use strict';
// The package as others get it: what is in it, and that it works where nothing else is.

const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');
const { execFileSync, spawnSync } = require('node:child_process');

const FOLDER = path.join(__dirname, '..');
const manifest = require('../package.json');
const names = Object.keys(manifest.exports).filter((name) => name !== './package.json');
// Other people's files are none of our coverage; unset it would be handed on.
const env = { ...process.env, NODE_V8_COVERAGE: '' };
const hasCommand = (name, flag = '--version') => spawnSync(name, [flag], { env }).error === undefined;
const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: 'pipe' });

/** All files below a folder, relative to it. */
function filesBelow(folder, below = '') {
  return fs.readdirSync(path.join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(below, entry.name);
    return entry.isDirectory() ? filesBelow(folder, name) : [name];
  });
}

/** What the package must hold: every file of the folders that it names. */
function expectedFiles() {
  const named = manifest.files.flatMap((name) => {
    const at = path.join(FOLDER, name);
    return fs.statSync(at).isDirectory() ? filesBelow(at).map((file) => path.join(name, file)) : [name];
  });
  return [...named, 'package.json'].sort();
}

let project;
test.after(() => project !== undefined && fs.rmSync(project, { recursive: true }));

/** A project with nothing in it but the package, from the tarball where npm can make one. */
function cleanProject() {
  project ??= makeProject();
  return project;
}

function makeProject() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'breakerd-project-'));
  fs.writeFileSync(path.join(folder, 'package.json'), '{"name":"project","version":"1.0.0"}');
  if (hasCommand('npm')) {
    const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', folder], FOLDER));
    run('npm', ['install', '--offline', '--no-audit', '--no-fund', path.join(folder, filename)], folder);
  } else {
    const installed = path.join(folder, 'node_modules/breakerd');
    for (const file of expectedFiles()) {
      fs.mkdirSync(path.join(installed, path.dirname(file)), { recursive: true });
      fs.copyFileSync(path.join(FOLDER, file), path.join(installed, file));
    }
  }
  return folder;
}

test('every export has its files, its types and its place in the documentation', () => {
  const documentation = ['README.md', 'docs/opossum.md', 'docs/integrations.md']
    .map((name) => fs.readFileSync(path.join(FOLDER, name), 'utf8')).join('\n');
  for (const name of names) {
    const { types, import: esm, require: cjs } = manifest.exports[name];
    for (const file of [types, esm, cjs]) assert.ok(fs.existsSync(path.join(FOLDER, file)), file);
    assert.ok(documentation.includes(`breakerd${name.slice(1)}`) || name === '.', name);
  }
  assert.deepStrictEqual(manifest.dependencies, undefined);
  assert.match(fs.readFileSync(path.join(FOLDER, 'LICENSE'), 'utf8'), /Apache License/);
});

const skip = !hasCommand('npm') && 'npm is not installed';
test('the tarball has what it must have, and nothing of the tests', { skip }, () => {
  const [{ files, size }] = JSON.parse(run('npm', ['pack', '--dry-run', '--json'], FOLDER));
  assert.deepStrictEqual(files.map((file) => file.path).sort(), expectedFiles());
  assert.ok(size < 150_000, `${size} bytes`);
});

test('in a clean project each export is there, as a module of either kind', () => {
  const folder = cleanProject();
  const specifiers = names.map((name) => `breakerd${name.slice(1)}`);
  const cjs = `
    const show = (name, module) => [name, typeof module, Object.keys(module).sort()];
    console.log(JSON.stringify(${JSON.stringify(specifiers)}.map((name) => show(name, require(name)))));
  `;
  const esm = `
    const show = (name, module) => [name, Object.keys(module).filter((key) => key !== 'default').sort()];
    const names = ${JSON.stringify(specifiers)};
    console.log(JSON.stringify(await Promise.all(names.map(async (name) => show(name, await import(name))))));
  `;
  fs.writeFileSync(path.join(folder, 'a.cjs'), cjs);
  fs.writeFileSync(path.join(folder, 'a.mjs'), esm);
  const required = JSON.parse(run(process.execPath, ['a.cjs'], folder));
  const imported = new Map(JSON.parse(run(process.execPath, ['a.mjs'], folder)));
  for (const [name, kind, keys] of required) {
    assert.ok(keys.length > 0, name);
    if (kind === 'object') assert.deepStrictEqual(imported.get(name), keys, name);
  }
});

test('in a clean project both kinds of module share one client', () => {
  const folder = cleanProject();
  fs.writeFileSync(path.join(folder, 'b.mjs'), `
    import { createRequire } from 'node:module';
    import { Client } from 'breakerd';
    import CircuitBreaker from 'breakerd/opossum';
    const require = createRequire(import.meta.url);
    const breaker = new Client('unix:/nowhere').breaker('payments', { consecutive_failures: 1 });
    await breaker.run(() => Promise.reject(new Error('x'))).catch(() => {});
    const isSame = Client === require('breakerd').Client;
    console.log(breaker.state, isSame, CircuitBreaker === require('breakerd/opossum'));
  `);
  assert.strictEqual(run(process.execPath, ['b.mjs'], folder), 'open true true\n');
});

const noCompiler = !hasCommand('tsc') && 'tsc is not installed';
test('in a clean project types are found, from either kind of module', { skip: noCompiler }, () => {
  const folder = cleanProject();
  const source = `
    import { Client, BreakerOpen } from 'breakerd';
    import CircuitBreaker from 'breakerd/opossum';
    import { breakerErrors } from 'breakerd/express';
    const client = new Client('unix:/nowhere', { mode: 'strict' });
    export const value: Promise<number> = client.breaker('payments').run(() => 1);
    export const fired: Promise<string> = new CircuitBreaker(async (id: number) => String(id)).fire(1);
    export const handler = breakerErrors();
    export const isOpen = (error: unknown): boolean =>
      error instanceof BreakerOpen && error.reason === 'open';
  `;
  fs.writeFileSync(path.join(folder, 'c.mts'), source);
  fs.writeFileSync(path.join(folder, 'c.cts'), source);
  const compilerOptions = {
    noEmit: true, strict: true, module: 'node16', moduleResolution: 'node16', target: 'es2022',
    lib: ['es2022', 'dom'], esModuleInterop: true, types: [],
  };
  const files = ['c.mts', 'c.cts'];
  fs.writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const { status, stdout } = spawnSync('tsc', ['-p', folder], { env, encoding: 'utf8' });
  assert.strictEqual(status, 0, stdout);
});
