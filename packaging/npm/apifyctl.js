#!/usr/bin/env node
// Runs the program that npm installed for this system.
'use strict';

const { spawn } = require('node:child_process');
const { constants } = require('node:os');

const carrier = `@apifyctl/${process.platform}-${process.arch}`;
const file = process.platform === 'win32' ? 'apifyctl.exe' : 'apifyctl';
let program;
try {
    program = require.resolve(`${carrier}/bin/${file}`);
} catch {
    console.error(`error: the package ${carrier} is not installed`);
    console.error('hint: install apifyctl without --no-optional and --omit=optional, on a system that it is built for');
    process.exit(1);
}

const args = process.argv.slice(2);
if (typeof process.execve === 'function' && process.platform !== 'win32') {
    process.execve(program, ['apifyctl', ...args], process.env);
}

const child = spawn(program, args, { stdio: 'inherit' });
// A signal of the terminal reaches the program too, which ends in its own order.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
        if (signal !== 'SIGINT') child.kill(signal);
    });
}
child.on('error', (error) => {
    console.error(`error: ${error.message}`);
    process.exit(1);
});
child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
