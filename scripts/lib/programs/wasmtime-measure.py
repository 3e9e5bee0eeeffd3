"""Does on Wasmtime what node-measure.mjs does on Node: the same request, the same answer."""

import json
import os
import shutil
import sys
import tempfile
import time

from wasmtime import Config, Engine, ExitTrap, Linker, Module, Store, WasiConfig

ANSWER = 3
WASM_PAGE_SIZE = 65536


def run_once(engine, request, program):
    with tempfile.TemporaryDirectory(prefix='tallow-measure-') as place:
        folder = os.path.join(place, 'folder')
        stdin, stdout, stderr = (os.path.join(place, name) for name in ('stdin', 'stdout', 'stderr'))
        os.mkdir(folder)
        for name, file in request['files'].items():
            copy = shutil.copytree if os.path.isdir(file) else shutil.copyfile
            copy(file, os.path.join(folder, name))
        with open(stdin, 'w', encoding='utf-8') as stream:
            stream.write(request['input'])
        wasi = WasiConfig()
        wasi.argv = ['program', *request['args']]
        wasi.env = list(request['env'].items())
        wasi.stdin_file, wasi.stdout_file, wasi.stderr_file = stdin, stdout, stderr
        wasi.preopen_dir(folder, '.')
        store = Store(engine)
        store.set_wasi(wasi)
        linker = Linker(engine)
        linker.define_wasi()
        exports = linker.instantiate(store, program['module']).exports(store)
        exit_code = 0
        before = time.process_time()
        try:
            exports['_start'](store)
        except ExitTrap as exit_trap:
            exit_code = exit_trap.code
        program['samples'].append((time.process_time() - before) * 1000)
        if len(program['samples']) > 1:
            return
        program['memoryBytes'] = exports['memory'].size(store) * WASM_PAGE_SIZE
        program['exitCode'] = exit_code
        for name, stream in (('stdout', stdout), ('stderr', stderr)):
            with open(stream, encoding='utf-8') as text:
                program[name] = text.read()


def main():
    with open(sys.argv[1], encoding='utf-8') as file:
        request = json.load(file)
    engine = Engine(Config())
    programs = [{'module': Module.from_file(engine, file), 'samples': []} for file in request['modules']]
    for turn in range(request['rounds']):
        first = turn % len(programs)
        for program in programs[first:] + programs[:first]:
            run_once(engine, request, program)
    for program in programs:
        del program['module']
    with os.fdopen(ANSWER, 'w', encoding='utf-8') as answer:
        json.dump(programs, answer)


main()
