"""
Runs Wasm on Wasmtime, from the package wasmtime: wasmtime-run.py <file with a request as JSON>. The answer, as JSON,
goes to descriptor 3.

  {"do": "run", "file": …, "args": [], "env": {}, "folder": null}
      runs a WASI command, a core module or a component, with this process's streams
      → {"exitCode": n} or {"trap": message}

  {"do": "call", "file": …, "calls": [{"export": name, "interface": name or null, "args": []}]}
      instantiates a component once and calls its exports in order
      → a list of {"result": value} or {"trap": message} for each; it ends with the first trap, as the component
      cannot be entered again

Values are as JSON has them: a list<u8> is a list of numbers, an option its value or null, a record an object, a tuple
a list, a result {"ok": value} or {"err": value}, any other variant {"tag": name, "value": value}. A resource stands
as {"resource": n}, the n-th that the component gave; {"drop": n} in place of a call gives it back.
"""

import json
import os
import sys

from wasmtime import Config, Engine, ExitTrap, Linker, Module, Store, Trap, WasiConfig, WasmtimeError, component

ANSWER = 3


def message_of(error):
    """What stopped the program, without the stack."""
    text = str(error)
    causes = [line.strip() for line in text.split('\n') if 'wasm trap:' in line]
    return causes[-1].split('wasm trap:')[1].strip() if causes else text.strip()


def is_component(content):
    """A component's version field names layer 1."""
    return content[6:8] == b'\x01\x00'


def wasi_of(request):
    wasi = WasiConfig()
    wasi.argv = ['program', *request.get('args', [])]
    wasi.env = list(request.get('env', {}).items())
    wasi.inherit_stdin()
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    if request.get('folder') is not None:
        wasi.preopen_dir(request['folder'], '.')
    return wasi


def open_component(engine, store, content):
    linker = component.Linker(engine)
    linker.add_wasip2()
    return linker.instantiate(store, component.Component(engine, content))


def function_named(store, instance, name, interface):
    inside = None
    if interface is not None:
        inside = instance.get_export_index(store, interface)
        if inside is None:
            raise SystemExit(f'the component exports no interface {interface}')
    index = instance.get_export_index(store, name, inside)
    function = None if index is None else instance.get_func(store, index)
    if function is None:
        raise SystemExit(f'the component exports no function {name} in {interface}')
    return function


def run_command(engine, store, content):
    if is_component(content):
        instance = open_component(engine, store, content)
        names = component.Component(engine, content).type.exports(engine)
        interface = next(name for name in names if name.startswith('wasi:cli/run@'))
        function_named(store, instance, 'run', interface)(store)
        return
    linker = Linker(engine)
    linker.define_wasi()
    linker.instantiate(store, Module(engine, content)).exports(store)['_start'](store)


def run(request, engine, store, content):
    store.set_wasi(wasi_of(request))
    try:
        run_command(engine, store, content)
    except ExitTrap as exit_trap:
        return {'exitCode': exit_trap.code}
    except (Trap, WasmtimeError) as error:
        return {'trap': message_of(error)}
    return {'exitCode': 0}


def main():
    with open(sys.argv[1], encoding='utf-8') as file:
        request = json.load(file)
    with open(request['file'], 'rb') as file:
        content = file.read()
    engine = Engine(Config())
    store = Store(engine)
    answer = {'run': run}[request['do']](request, engine, store, content)
    os.write(ANSWER, json.dumps(answer).encode())


main()
